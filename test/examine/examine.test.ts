import test from 'ava'
import { checkIds } from '../../src/examine/examine.ts'
import { examineOurs } from './bench.ts'

test('every check has a name of its own', t => {
  t.is(new Set(checkIds()).size, checkIds().length)
})

test('what a port’s application does is found out', async t => {
  const kinds = { 7: 'echo', 9: 'reads', 13: 'closes', 19: 'sends' } as const
  for (const [port, kind] of Object.entries(kinds)) {
    const { services } = await examineOurs({ target: { port: Number(port) }, only: ['syn-answered'] })
    t.deepEqual(services, { [kind]: Number(port) })
  }
})

test('without any port the well-known ones are tried', async t => {
  const { services } = await examineOurs({ target: {}, only: ['syn-answered'] })
  t.deepEqual(services, { echo: 7, reads: 9, closes: 13, sends: 19 })
})

test('checks of what the target has not got cannot tell, and say why', async t => {
  const { results } = await examineOurs({ target: { port: 9 }, only: ['half-close', 'mss-obeyed'] })
  t.deepEqual(
    results.map(({ verdict, why }) => [verdict, why]),
    [
      ['cannot tell', 'the target has no service that sends by itself'],
      ['cannot tell', 'the target has no echo'],
    ],
  )
})

test('a target outside of the link’s network is refused unless it is meant', async t => {
  await t.throwsAsync(examineOurs({ target: { address: '198.51.100.1', port: 7 } }), {
    instanceOf: RangeError,
    message:
      '198.51.100.1 is not in the network of the link (192.0.2.10/24): say so if you mean it (elsewhere)',
  })
  await t.throwsAsync(examineOurs({ target: { address: '198.51.100.1', port: 7 }, elsewhere: true }), {
    message: '198.51.100.1 accepts no connection on port 7',
  })
})

test('what cannot be is refused by name', async t => {
  const refused: readonly (readonly [Parameters<typeof examineOurs>[0], string])[] = [
    [{ only: ['syn-answred'] }, "there is no check 'syn-answred': did you mean 'syn-answered'?"],
    [{ target: { port: 70_000 } }, 'a port is a whole number from 1 to 65535, not 70000'],
    [{ target: { address: '192.0.2.10', port: 7 } }, "192.0.2.10 is the examiner's own address"],
    [
      { target: { address: '2001:db8::2', port: 7 } },
      '192.0.2.10/24 and 2001:db8::2 are of different families',
    ],
    [{ pace: 'slow' as never }, "pace is one of quick, normal, thorough, not 'slow'"],
  ]
  for (const [options, message] of refused)
    await t.throwsAsync(examineOurs(options), { instanceOf: RangeError, message })
})

test('a gentle run sends no more than 100 packets a second', async t => {
  const times: number[] = []
  await examineOurs({
    gentle: true,
    only: ['option', 'sack', 'text'],
    onPacket: (direction, time) => void (direction === 'out' && times.push(time)),
  })
  t.true(times.length > 200)
  for (const [i, time] of times.entries()) t.true((times[i + 120] ?? Number.POSITIVE_INFINITY) - time >= 1000)
})

test('it says what it will do before it does: until then it only meets the services', async t => {
  let last = 0
  let planned = Number.POSITIVE_INFINITY
  const { sent, results } = await examineOurs({
    only: ['sack', 'option'],
    onPacket: (_, time) => {
      last = time
    },
    onPlan(plan) {
      planned = last
      t.is(plan.target, '192.0.2.2')
      t.true(plan.checks > 30)
      t.is(plan.rate, 2000)
      t.is(plan.floods, 0)
    },
  })
  t.true(sent > results.length)
  for (const { id, log } of results) t.true(log[0]!.time >= planned, id)
})

test('a run that has come to its end leaves no connection behind', async t => {
  await examineOurs({
    after: stack =>
      t.deepEqual(
        stack.connections().filter(({ state }) => state !== 'LISTEN' && state !== 'TIME_WAIT'),
        [],
      ),
  })
})

test('a run that is ended resets what it has opened', async t => {
  const ending = new AbortController()
  let verdicts = 0
  const { interrupted, results } = await examineOurs({
    after: stack =>
      t.deepEqual(
        stack.connections().filter(({ state }) => state !== 'LISTEN' && state !== 'TIME_WAIT'),
        [],
      ),
    signal: ending.signal,
    onResult: () => void (++verdicts === 20 && ending.abort()),
  })
  t.true(interrupted)
  t.true(results.length < 40)
})
