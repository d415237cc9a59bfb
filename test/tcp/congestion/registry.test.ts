import test from 'ava'
import type { CongestionControl } from '../../../src/tcp/congestion/controller.ts'
import {
  congestionControls,
  createCongestionControl,
  isBuiltIn,
  isCongestionControl,
  needsAccurateEcn,
  registerCongestionControl,
} from '../../../src/tcp/congestion/registry.ts'
import { Reno } from '../../../src/tcp/congestion/reno.ts'

test('a controller of the user’s is made once to be looked at, with seed 0, and then for each connection', t => {
  const seeds: number[] = []
  registerCongestionControl('seeded', seed => {
    seeds.push(seed)
    return new Reno()
  })
  t.true(isCongestionControl('seeded'))
  t.true(congestionControls().includes('seeded'))
  t.false(isBuiltIn('seeded'))
  createCongestionControl('seeded', 7)
  t.deepEqual(seeds, [0, 7])
})

test('what is no controller is refused, with what it lacks', t => {
  const register = (name: unknown, create: unknown) => () =>
    registerCongestionControl(name as string, create as () => CongestionControl)
  const without = (member: string) => () => Object.defineProperty(new Reno(), member, { value: undefined })
  t.throws(
    register('', () => new Reno()),
    { instanceOf: TypeError, message: /needs a name/ },
  )
  t.throws(
    register(5, () => new Reno()),
    { instanceOf: TypeError, message: /needs a name, not 5/ },
  )
  t.throws(
    register('cubic', () => new Reno()),
    { instanceOf: RangeError, message: /'cubic' is built in/ },
  )
  t.throws(register('mine', 'reno'), { instanceOf: TypeError, message: /needs a function/ })
  t.throws(
    register('mine', () => null),
    { instanceOf: TypeError, message: /must make an object, not null/ },
  )
  t.throws(
    register('mine', () => 5),
    { instanceOf: TypeError, message: /must make an object, not 5/ },
  )
  for (const member of [
    'start',
    'acknowledged',
    'congestion',
    'timedOut',
    'recovered',
    'undo',
    'restart',
    'segmentSize',
  ])
    t.throws(register('mine', without(member)), {
      instanceOf: TypeError,
      message: new RegExp(`has no ${member}\\(\\): `),
    })
  for (const member of ['cwnd', 'ssthresh'])
    t.throws(register('mine', without(member)), {
      instanceOf: TypeError,
      message: new RegExp(`a number ${member}`),
    })
  t.false(isCongestionControl('mine'))
})

test('DCTCP and Prague ask for accurate ECN, the others do not', t => {
  t.deepEqual(congestionControls().filter(isBuiltIn).filter(needsAccurateEcn).sort(), ['dctcp', 'prague'])
})
