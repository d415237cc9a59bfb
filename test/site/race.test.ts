/** Controllers that are written in the playground: they run beside others, and what is wrong with one is told. */
import test from 'ava'
import { ControllerFault, guarded, lineOf } from '../../src/site/editor/guarded.ts'
import { type RaceOptions, race } from '../../src/site/editor/race.ts'
import { TEMPLATE } from '../../src/site/editor/template.ts'
import { registerCongestionControl } from '../../src/tcp/congestion/registry.ts'
import { ROOT } from '../cli/program.ts'

const { interfacesOf } = (await import(`${ROOT}scripts/site/interfaces.js`)) as {
  interfacesOf: (declarations: string) => unknown[]
}

const PATH: RaceOptions = {
  delay: 10,
  rate: 10e6,
  queue: 40_000,
  loss: 0.001,
  seconds: 4,
  seed: 1,
  shared: false,
}

/** Registers what a script does, as the worker has it. */
const register = (script: string, name = 'mine'): void => {
  const run = new Function('registerCongestionControl', script)
  run((_: string, create: (seed: number) => never) =>
    registerCongestionControl(name, seed => guarded(create(seed))),
  )
}

test('the template runs beside CUBIC and BBR, alone or over one path, the same every time', t => {
  register(TEMPLATE)
  const names = ['mine', 'cubic', 'bbr']
  const heard: number[] = []
  const lanes = race(names, PATH, part => heard.push(part))
  t.deepEqual(
    lanes.map(({ name }) => name),
    names,
  )
  for (const { name, goodput, samples } of lanes) {
    t.true(goodput > 5e6 && goodput < 10e6, `${name}: ${goodput}`)
    t.is(samples.at(-1)!.time, 4000)
    t.true(samples.slice(2).every(({ cwnd }) => cwnd > 0))
    t.true(samples.at(-1)!.rtt >= 20)
  }
  t.deepEqual(
    heard,
    [...heard].sort((a, b) => a - b),
  )
  t.is(heard.at(-1), 1)
  t.deepEqual(race(names, PATH), lanes)
  const together = race(names, { ...PATH, shared: true })
  const sum = together.reduce((all, { goodput }) => all + goodput, 0)
  t.true(sum > 7e6 && sum < 10e6, `${sum}`)
})

const faultOf = (change: (script: string) => string): ControllerFault => {
  register(change(TEMPLATE), 'faulty')
  try {
    race(['faulty'], PATH)
  } catch (error) {
    if (error instanceof ControllerFault) return error
    throw error
  }
  throw new Error('nothing was wrong with it')
}

test('what a controller throws is told with its call; so are numbers that cannot be', t => {
  const thrown = faultOf(script => script.replace('#before = this.cwnd', '#before = nothing.here'))
  t.is(thrown.call, 'congestion')
  t.is(thrown.message, 'ReferenceError: nothing is not defined')
  const none = faultOf(script => script.replace('(this.#mss * acked)', '(undefined * acked)'))
  t.is(none.call, 'acknowledged')
  t.is(none.message, 'cwnd is NaN: it must be a number of bytes above 0')
  const endless = faultOf(script => script.replace('(this.#mss * acked)', '(this.#mss / 0)'))
  t.is(endless.message, 'cwnd is Infinity: it must be a number of bytes above 0')
  const slow = faultOf(script => script.replace('pacingRate = 0', 'pacingRate = -1'))
  t.is(slow.message, 'pacingRate is -1: it must be bytes per ms, or 0')
  const text = faultOf(script =>
    script.replace('this.ssthresh = Math.max(0.75 * inFlight, 2 * this.#mss)', "this.ssthresh = 'x'"),
  )
  t.is(text.message, 'ssthresh is x: it must be a number of bytes above 0')
})

test('the line of an error is that of the script, whatever else is on its stack', t => {
  const error = new Error('x')
  error.stack =
    'Error: x\n    at a (other.js:3:1)\n    at Mine.start (blob:null/1-2:14:7)\n    at blob:null/1-2:2:1'
  t.is(lineOf(error, 'blob:null/1-2'), 14)
  t.is(lineOf(error, 'blob:null/3'), null)
  t.is(lineOf('text', 'blob:null/1-2'), null)
})

test('the interface is that of the declarations, with what they say of each member', t => {
  const [first] = interfacesOf(`/** News. */
export interface News {
    /** Bytes, see {@link when}
     * as they are. */
    readonly bytes: number;
    readonly when?: string;
    tell?(what: 'a' | 'b', now: number): void;
}
`)
  t.deepEqual(first, {
    name: 'News',
    says: 'News.',
    members: [
      { name: 'bytes', signature: 'bytes: number', says: 'Bytes, see when as they are.' },
      { name: 'when', signature: 'when?: string', says: '' },
      { name: 'tell', signature: "tell?(what: 'a' | 'b', now: number): void", says: '' },
    ],
  })
})
