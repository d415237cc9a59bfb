// The package as its users import it: what README.md shows.
import { EventEmitter, once } from 'node:events'
import test from 'ava'
import {
  createNetwork,
  createPipe,
  createStack,
  emulate,
  type PacketDevice,
  SeededRandom,
  type Socket,
  type Stack,
  script,
  type TraceEvent,
  VirtualClock,
} from '../../src/index.ts'

test('the package exports what README.md imports', async t => {
  // By its name, through package.json.
  const name: string = 'tuntcp'
  const library = await import(name)
  for (const each of 'createStack openTun createPipe emulate bridge createNetwork packetDeviceLink Socket Server Stack TcpError TunError VirtualClock SeededRandom createLog Capture captureToFile formatConnections'.split(
    ' ',
  ))
    t.is(typeof library[each], 'function', each)
})

test('two stacks in virtual time, over a link that loses packets', async t => {
  const clock = new VirtualClock()
  const random = new SeededRandom(7)
  const [a, b] = createPipe(clock, { delay: 20 })
  const events: TraceEvent['type'][] = []
  const client = createStack({
    link: emulate(a, { out: { loss: 0.05 } }, random, clock),
    address: '192.0.2.1/24',
    clock,
    random,
    trace: event => events.push(event.type),
  })
  const server = createStack({ link: b, address: ['192.0.2.2/24', '198.18.0.2/24'], clock, random })
  const listening = server.createServer(socket => socket.pipe(socket)).listen(7)
  const socket = client.connect(7, '192.0.2.2')
  const sent = Buffer.alloc(100_000, 'to and fro ')
  const chunks: Buffer[] = []
  socket.on('data', chunk => chunks.push(chunk))
  socket.end(sent)
  await clock.runAsync()
  t.deepEqual(Buffer.concat(chunks), sent)
  t.true(events.includes('transition'))
  // A server that listens keeps the process alive.
  listening.close()
})

test('a network of hosts and a router from a seed; scripts, and the ladder of what fails', t => {
  const network = createNetwork({ seed: 7 })
  const [a, b] = [network.host('a'), network.host('b')]
  const router = network.router('r')
  network.link(a, router, { delay: 5, jitter: 1 })
  network.link(
    router,
    b,
    { delay: 15, rate: 10e6, queue: 50_000, drop: script.nth(3, script.isData) },
    { drop: script.once(script.hasFlag('FIN')) },
  )
  const user = { established() {}, readable() {}, writable() {}, closed() {} }
  a.connect(b.address, 80, user)
  const error = t.throws(() =>
    network.guard(() => {
      network.runUntilIdle()
      throw new Error('what fails')
    }),
  )
  t.regex(error.message, /^what fails\nseed 7, at [\d.]+ ms\n +0\.000 a→r .*Flags \[S\].* → at [456]\.\d+\n/)
})

/** Two devices of tuntap2's shape, joined. */
const devices = (): [PacketDevice & { released: boolean }, PacketDevice & { released: boolean }] => {
  class Device extends EventEmitter {
    other: Device | null = null
    released = false
    write(packet: Uint8Array): void {
      const copy = Uint8Array.from(packet)
      setImmediate(() => this.other?.emit('data', copy))
    }
    release(): void {
      this.released = true
    }
  }
  const a = new Device()
  const b = new Device()
  a.other = b
  b.other = a
  return [a, b]
}

test('a packet device of another kind as the link; closing the stack releases it', async t => {
  const [a, b] = devices()
  const stacks: Stack[] = [
    createStack({ link: a, address: '192.0.2.1/24' }),
    createStack({ link: b, address: '192.0.2.2/24', tcp: { msl: 10 } }),
  ]
  const server = stacks[1]!.createServer((socket: Socket) => socket.end(socket.remoteAddress)).listen(13)
  await once(server, 'listening')
  const socket = stacks[0]!.connect({ port: 13, host: '192.0.2.2' })
  const [data] = await once(socket, 'data')
  t.is(String(data), '192.0.2.1')
  await Promise.all(stacks.map(stack => stack.close({ grace: 50 })))
  t.true(a.released)
  t.true(b.released)
})

test('without a link a stack reaches itself', async t => {
  const stack = createStack()
  const server = stack.createServer(socket => socket.end('here')).listen(7)
  await once(server, 'listening')
  const [data] = await once(stack.connect(7), 'data')
  t.is(String(data), 'here')
  await stack.close({ grace: 50 })
})

test('bad options are refused by name', t => {
  t.throws(() => createStack({ tcp: { msl: 0 } }), { instanceOf: RangeError, message: /msl must be from 1/ })
  const [link] = createPipe(new VirtualClock())
  t.throws(() => createStack({ link, address: '192.0.2.300/24' }), {
    instanceOf: RangeError,
    message: /not an IPv4 address: '192.0.2.300'/,
  })
})
