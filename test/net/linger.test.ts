import { once } from 'node:events'
import test from 'ava'
import type { Socket } from '../../src/net/socket.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import type { TraceEvent } from '../../src/tcp/block/events.ts'
import { closeBoth, closeVirtual, connected, pair } from './support.ts'

const codeOf = async (socket: Socket): Promise<string> =>
  ((await once(socket, 'error')) as [NodeJS.ErrnoException])[0].code!

test('setLinger(0): destroy resets', async t => {
  const stacks = pair()
  const { client, server } = await connected(stacks)
  t.is(server.setLinger(0), server)
  server.destroy()
  t.is(await codeOf(client), 'ECONNRESET')
  t.is(stacks.b.host.connections.size, 0)
  await closeBoth(stacks)
})

test('setLinger(ms): an end that takes longer is a reset; one that does not is none', async t => {
  const clock = new VirtualClock()
  const stacks = pair({ clock, delay: 1, tcp: { receiveBuffer: 4096 } })
  const both = connected(stacks)
  await clock.runAsync(100)
  const { client, server } = await both
  // Nobody reads at the client: most of this stays where it is.
  client.pause()
  server.write(Buffer.alloc(100_000))
  await clock.runAsync(200)
  server.setLinger(500)
  server.destroy()
  const code = codeOf(client)
  await clock.runAsync(690)
  t.is(stacks.b.connections().filter(c => c.state === 'FIN_WAIT_1').length, 1)
  await clock.runAsync(710)
  t.is(stacks.b.connections().length, 0)
  // A socket that does not read is not told.
  client.resume()
  t.is(await code, 'ECONNRESET')

  const again = connected(stacks)
  await clock.runAsync(900)
  const second = await again
  second.server.setLinger(500).destroy()
  const ended = once(second.client.resume(), 'close')
  await clock.runAsync(2000)
  t.deepEqual(await ended, [false])
  t.is(stacks.b.connections().filter(c => c.state === 'TIME_WAIT').length, 1)
  t.throws(() => second.client.setLinger(-1), { code: 'ERR_OUT_OF_RANGE' })
  t.throws(() => second.client.setLinger(Number.NaN), { code: 'ERR_OUT_OF_RANGE' })
  await closeVirtual(stacks, clock)
})

test('setQuickAck: every segment is acknowledged at once, or later again', async t => {
  const clock = new VirtualClock()
  const acks: number[] = []
  let sentAt = 0
  const trace = (event: TraceEvent) => {
    if (event.type === 'segment-out' && event.connection.localPort === 7) acks.push(event.time - sentAt)
  }
  const stacks = pair({ clock, delay: 1, trace })
  const listener = stacks.b.createServer().listen(7)
  const accepted = once(listener, 'connection')
  const client = stacks.a.connect({ port: 7, host: '192.0.2.2' })
  await clock.runAsync(100)
  const [server] = (await accepted) as [Socket]
  server.resume()
  const ackOf = async (text: string): Promise<number> => {
    acks.length = 0
    sentAt = clock.now()
    client.write(text)
    await clock.runAsync(clock.now() + 300)
    t.is(acks.length, 1)
    return acks[0]!
  }
  server.setQuickAck()
  t.is(await ackOf('a'), 1)
  server.setQuickAck(false)
  t.is(await ackOf('b'), 41)
  listener.close()
  await closeVirtual(stacks, clock)
})
