/** The services on the bare core: every byte, whoever is slow, and an end in order. */
import { createServer, type Server } from 'node:http'
import test from 'ava'
import { chargen } from '../../src/cli/services/chargen.ts'
import { discard } from '../../src/cli/services/discard.ts'
import { echo } from '../../src/cli/services/echo.ts'
import { http } from '../../src/cli/services/http.ts'
import type { Socket } from '../../src/net/socket.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import { B, closeVirtual, pair } from '../net/support.ts'

const SEND_BUFFER = 200_000

const stacks = (offload = true) => {
  const clock = new VirtualClock()
  return {
    ...pair({ clock, offload, delay: 1, queue: 1000, tcp: { msl: 10, sendBuffer: SEND_BUFFER } }),
    clock,
  }
}

const collect = (socket: Socket): Buffer[] => {
  const chunks: Buffer[] = []
  socket.on('data', chunk => chunks.push(chunk as Buffer))
  return chunks
}

const numbered = (bytes: number): Buffer =>
  Buffer.from(Uint8Array.from({ length: bytes }, (_, i) => (i * 7) % 253))

for (const offload of [true, false])
  test(`echo returns what came, to a peer that reads late and in between, ${offload ? 'with' : 'without'} offload`, async t => {
    const { a, b, clock } = stacks(offload)
    await echo.start(b, 7)
    const sent = numbered(9_000_000)
    const socket = a.connect({ port: 7, host: B, allowHalfOpen: true })
    const chunks: Buffer[] = []
    const take = (): void => {
      for (let n = 0; n < 40; n++) {
        const chunk = socket.read() as Buffer | null
        if (chunk === null) return
        chunks.push(chunk)
      }
    }
    let ended = false
    socket.on('readable', () => {})
    socket.on('end', () => {
      ended = true
    })
    socket.end(sent)
    await clock.runAsync(2000)
    // Nobody has read: it has stopped, and no more waits than the send buffer and a segment.
    const [connection] = b.connections().filter(c => c.state !== 'LISTEN')
    t.true(connection!.sendQueue <= SEND_BUFFER + 65_536, `${connection!.sendQueue}`)
    for (let at = 2000; !ended && at < 200_000; at += 20) {
      take()
      await clock.runAsync(at)
    }
    take()
    t.true(ended)
    t.true(Buffer.concat(chunks).equals(sent))
    await closeVirtual({ a, b }, clock)
    t.is(b.channels.size, 0)
    t.is(b.sockets.size, 0)
  })

test('discard tells how many bytes it has read, also of none', async t => {
  const { a, b, clock } = stacks()
  await discard.start(b, 9)
  for (const bytes of [0, 1, 3_000_000]) {
    const socket = a.connect({ port: 9, host: B, allowHalfOpen: true })
    const answer = collect(socket)
    let closed = false
    socket.on('close', (failed: boolean) => {
      closed = !failed
    })
    socket.end(Buffer.alloc(bytes))
    await clock.runAsync(clock.now() + 3000)
    t.is(Buffer.concat(answer).toString(), `${bytes}\n`)
    t.true(closed)
  }
  await closeVirtual({ a, b }, clock)
})

test('chargen goes on after the peer has ended its side, until the peer is gone', async t => {
  const { a, b, clock } = stacks()
  await chargen.start(b, 19)
  const socket = a.connect({ port: 19, host: B, allowHalfOpen: true })
  const chunks = collect(socket)
  socket.write('what it does not listen to')
  await clock.runAsync(100)
  socket.end()
  await clock.runAsync(200)
  const before = Buffer.concat(chunks).length
  await clock.runAsync(300)
  const all = Buffer.concat(chunks)
  t.true(before > 100_000 && all.length > before)
  t.true(all.every((byte, i) => byte === i % 251))
  socket.resetAndDestroy()
  await clock.runAsync(400)
  t.is(b.channels.size, 0)
  await closeVirtual({ a, b }, clock)
})

test('a stack that is closed lets them end in order: no reset', async t => {
  const { a, b, clock } = stacks()
  await echo.start(b, 7)
  await discard.start(b, 9)
  const outcomes: string[] = []
  for (const port of [7, 9]) {
    const socket = a.connect({ port, host: B })
    socket.resume()
    socket.on('error', error => outcomes.push(error.message))
    socket.on('close', (failed: boolean) => outcomes.push(`${port} ${failed ? 'failed' : 'closed'}`))
    socket.write('something')
  }
  await clock.runAsync(100)
  const closed = b.close({ grace: 1000 })
  await clock.runAsync(2000)
  await closed
  // Those that are closed in one turn come last first, as libuv has it.
  t.deepEqual(outcomes, ['9 closed', '7 closed'])
  await a.close({ grace: 0 })
})

test('a port that is taken is told as by a server', async t => {
  const { a, b, clock } = stacks()
  await echo.start(b, 7)
  await t.throwsAsync(discard.start(b, 7), {
    code: 'EADDRINUSE',
    message: /^listen EADDRINUSE: address already in use 0\.0\.0\.0:7$/,
  })
  await closeVirtual({ a, b }, clock)
})

test('slow clients of http have as long as Node gives them: half a header is not held for ever', async t => {
  const { a, b, clock } = stacks()
  let served: Server | null = null
  const { serve } = b
  b.serve = (server, options) => {
    served = server as Server
    return serve.call(b, server, options)
  }
  await http.start(b, 80)
  const nodes = createServer()
  for (const name of ['headersTimeout', 'requestTimeout', 'keepAliveTimeout', 'timeout'] as const)
    t.is(served![name], nodes[name], name)
  t.true(nodes.headersTimeout > 0 && nodes.requestTimeout > 0)
  // Node answers by 408, 431 or 400 and lets go of the socket, if nobody else does.
  t.is(served!.listenerCount('clientError'), 0)
  await closeVirtual({ a, b }, clock)
})
