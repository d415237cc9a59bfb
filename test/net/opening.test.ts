import { once } from 'node:events'
import test from 'ava'
import type { Socket } from '../../src/net/socket.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import { B, closeVirtual, pair } from './support.ts'

/** Nobody has these: what is sent there is lost. */
const NOBODY = '192.0.2.77'
const NOBODY_EITHER = '192.0.2.78'

const names = [
  'lookup',
  'connectionAttempt',
  'connectionAttemptFailed',
  'connectionAttemptTimeout',
  'connect',
]

/** A connection to a name that has several addresses, and what it tells, with the time. */
const to = (addresses: string[], options: { autoSelectFamilyAttemptTimeout?: number } = {}) => {
  const clock = new VirtualClock()
  const stacks = pair({ clock, delay: 1 })
  const listener = stacks.b.createServer(socket => socket.resume()).listen(7)
  const socket = stacks.a.connect({
    port: 7,
    host: 'several.example',
    lookup: (_name, _options, done) =>
      process.nextTick(
        done,
        null,
        addresses.map(address => ({ address, family: 4 })),
      ),
    ...options,
  })
  const events: string[] = []
  const watch = (watched: Socket) => {
    for (const name of names)
      watched.on(name, (...args: unknown[]) => {
        if (name !== 'lookup') events.push(`${clock.now()} ${[name, ...args.slice(0, 3)].join(' ')}`)
      })
  }
  watch(socket)
  return { clock, stacks, listener, socket, events }
}

test('several addresses: one that does not answer has 250 ms, then the next has its turn', async t => {
  const { clock, stacks, listener, socket, events } = to([NOBODY, B])
  await clock.runAsync(1000)
  t.deepEqual(events, [
    `0 connectionAttempt ${NOBODY} 7 4`,
    `250 connectionAttemptTimeout ${NOBODY} 7 4`,
    `250 connectionAttempt ${B} 7 4`,
    '252 connect',
  ])
  t.deepEqual(socket.autoSelectFamilyAttemptedAddresses, [`${NOBODY}:7`, `${B}:7`])
  t.is(socket.remoteAddress, B)
  // The attempt that was given up leaves nothing.
  t.is(stacks.a.host.connections.size, 1)
  listener.close()
  await closeVirtual(stacks, clock)
})

test('several addresses: none answers; the errors of all', async t => {
  const { clock, stacks, socket, events, listener } = to([NOBODY, NOBODY_EITHER], {
    autoSelectFamilyAttemptTimeout: 100,
  })
  const failed = once(socket, 'error') as Promise<[AggregateError & { code: string }]>
  await clock.runAsync(99)
  t.is(events.length, 1)
  // The last one has all the time that a connection has.
  await clock.runAsync(1_000_000)
  const [error] = await failed
  t.is(error.code, 'ETIMEDOUT')
  t.deepEqual(
    error.errors.map(({ message }) => message),
    [`connect ETIMEDOUT ${NOBODY}:7`, `connect ETIMEDOUT ${NOBODY_EITHER}:7`],
  )
  t.is(events[1], `100 connectionAttemptTimeout ${NOBODY} 7 4`)
  t.is(stacks.a.host.connections.size, 0)
  listener.close()
  await closeVirtual(stacks, clock)
})

test('several addresses: destroyed in between, nothing more is tried', async t => {
  const { clock, stacks, socket, events, listener } = to([NOBODY, B])
  await clock.runAsync(200)
  socket.destroy()
  await clock.runAsync(5000)
  t.deepEqual(events, [`0 connectionAttempt ${NOBODY} 7 4`])
  t.is(stacks.a.host.connections.size, 0)
  listener.close()
  await closeVirtual(stacks, clock)
})

test('what was written while connecting goes to the address that answers, once', async t => {
  const { clock, stacks, listener, socket } = to([NOBODY, B])
  let text = ''
  listener.on('connection', accepted => accepted.on('data', (data: Buffer) => (text += data)))
  socket.write('one ')
  socket.end('two')
  await clock.runAsync(1000)
  t.is(text, 'one two')
  t.is(socket.bytesWritten, 7)
  listener.close()
  await closeVirtual(stacks, clock)
})

test('who writes and ends when port 0 refuses hears of the refusal, and of nothing else', async t => {
  const clock = new VirtualClock()
  const stacks = pair({ clock, delay: 1 })
  for (const act of [(socket: Socket) => socket.end(), (socket: Socket) => socket.end('in vain')]) {
    const errors: unknown[] = []
    const socket = stacks.a.connect(0, B)
    socket.on('error', error => errors.push((error as NodeJS.ErrnoException).syscall))
    socket.on('connectionAttemptFailed', () => act(socket))
    await clock.runAsync(1000)
    t.true(socket.closed)
    t.deepEqual(errors, ['connect'])
  }
  await closeVirtual(stacks, clock)
})
