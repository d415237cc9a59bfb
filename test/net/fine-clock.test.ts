import { once } from 'node:events'
import test from 'ava'
import { fineClock } from '../../src/net/fine-clock.ts'
import { Program } from '../cli/program.ts'

const CLOCK = new URL('../../src/net/fine-clock.js', import.meta.url).href

/** Until its thread runs: before that its alarms are those of the event loop, which have timers. */
const threadRuns = async (): Promise<void> => {
  for (;;) {
    const alarm = fineClock.schedule(fineClock.now() + 3_600_000, () => {})
    fineClock.cancel(alarm)
    if (!('timer' in alarm)) return
    await new Promise(resolve => setTimeout(resolve, 1))
  }
}

const rung = (at: number, what: () => void = () => {}): Promise<number> =>
  new Promise(resolve =>
    fineClock.schedule(at, () => {
      what()
      resolve(fineClock.now())
    }),
  )

test('alarms ring in their order, none before its time; one that is set later may be due first', async t => {
  await threadRuns()
  const order: number[] = []
  const now = fineClock.now()
  const delays = [30, 5.2, 5.1, 12, 0.3, 0, -1]
  await Promise.all(
    delays.map(async delay => {
      const time = await rung(now + delay, () => order.push(delay))
      t.true(time >= now + delay)
    }),
  )
  t.deepEqual(
    order.filter(delay => delay > 1),
    [5.1, 5.2, 12, 30],
  )
  t.is(order.length, delays.length)
})

test('a cancelled alarm does not ring, nor does the one ahead of it keep others from it', async t => {
  await threadRuns()
  const now = fineClock.now()
  const first = fineClock.schedule(now + 1, () => t.fail())
  const second = rung(now + 2)
  fineClock.cancel(first)
  await second
  t.pass()
})

test('an alarm that sets another one, and one that throws, do not keep others from ringing', async t => {
  const program = new Program(process.execPath, [
    '--input-type=module',
    '-e',
    `import { fineClock } from ${JSON.stringify(CLOCK)}
     const alive = setInterval(() => {}, 1000)
     process.on('uncaughtException', error => console.log(error.message))
     const at = ms => fineClock.now() + ms
     const begin = () => {
       fineClock.schedule(at(1), () => { throw new Error('thrown') })
       fineClock.schedule(at(1.01), () => fineClock.schedule(at(1), () => { console.log('rung'); clearInterval(alive) }))
     }
     const wait = () => 'timer' in fineClock.schedule(at(1e6), () => {}) ? setTimeout(wait, 1) : begin()
     wait()`,
  ])
  const { code, stdout } = await program.finished
  t.is(stdout, 'thrown\nrung\n')
  t.is(code, 0)
})

test('an alarm keeps no program alive', async t => {
  const program = new Program(process.execPath, [
    '--input-type=module',
    '-e',
    `import { fineClock } from ${JSON.stringify(CLOCK)}
     const wait = () => 'timer' in fineClock.schedule(fineClock.now() + 3_600_000, () => {}) && setTimeout(wait, 1)
     wait()`,
  ])
  const [code] = await once(program.process, 'exit')
  t.is(code, 0)
})

test('where no thread is allowed, alarms ring all the same', async t => {
  const flag = process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission'
  const program = new Program(process.execPath, [
    flag,
    '--allow-fs-read=*',
    '--input-type=module',
    '-e',
    `import { fineClock } from ${JSON.stringify(CLOCK)}
     const alive = setInterval(() => {}, 1000)
     const ring = left => left === 0 ? (console.log('rung'), clearInterval(alive)) : fineClock.schedule(fineClock.now() + 2, () => ring(left - 1))
     ring(10)`,
  ])
  const { code, stdout, stderr } = await program.finished
  t.is(stdout, 'rung\n', stderr)
  t.is(code, 0)
})
