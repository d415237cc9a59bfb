/** Lent memory is sent from where it is; other memory may be changed by its writer; the wire carries what was written. */
import { once } from 'node:events'
import test from 'ava'
import { Host } from '../../src/host/host.ts'
import type { Link } from '../../src/ip/link.ts'
import { emulate } from '../../src/link/emulated.ts'
import { createPipe } from '../../src/link/pipe.ts'
import { SendMemory, SHORTEST_LENT } from '../../src/net/send-memory.ts'
import type { Socket } from '../../src/net/socket.ts'
import { Stack } from '../../src/net/stack.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import type { PacketBatch } from '../../src/wire/batch.ts'
import { SYN } from '../../src/wire/tcp.ts'
import { A, B, closeVirtual, pattern } from './support.ts'

/** Holds a stack's transmissions against what was written. */
class Watch {
  /** Everything that was written, as it was then. */
  written = Buffer.alloc(0)
  /** Sequence number of the first byte. */
  #first = 0
  #end = 0
  wrong = ''
  resent = 0
  /** Memory that text was sent from. */
  readonly buffers = new Set<ArrayBufferLike>()

  look(batch: PacketBatch): void {
    const packet = Buffer.alloc(65_536)
    let piece = 0
    for (let i = 0; i < batch.count; i++) {
      const length = batch.copy(i, packet)
      for (; piece < batch.pieceEnds[i]!; piece++) this.buffers.add(batch.pieces[piece]!.buffer)
      const tcp = (packet[0]! & 15) * 4
      const seq = packet.readUInt32BE(tcp + 4)
      if ((packet[tcp + 13]! & SYN) !== 0) this.#first = (seq + 1) >>> 0
      const text = packet.subarray(tcp + (packet[tcp + 12]! >> 4) * 4, length)
      if (text.length === 0) continue
      const at = (seq - this.#first) >>> 0
      if (at < this.#end) this.resent++
      this.#end = Math.max(this.#end, at + text.length)
      if (!text.equals(this.written.subarray(at, at + text.length))) this.wrong ||= `wrong bytes at ${at}`
    }
  }
}

interface Ends {
  readonly a: Stack
  readonly b: Stack
  readonly client: Socket
  readonly watch: Watch
  readonly clock: VirtualClock
  readonly received: Buffer[]
  /** The server's sockets. */
  readonly peers: Socket[]
}

/** One way, ms: to a peer that is far, and to one that is near. */
const FAR = 5
const NEAR = 0.1

/** A client that lends or not, whose packets are watched and get lost, and a server that keeps what comes. */
const connect = async (lend: boolean, loss: number, seed: number, delay = FAR, tcp = {}): Promise<Ends> => {
  const clock = new VirtualClock()
  const watch = new Watch()
  const [left, right] = createPipe(clock, { delay, offload: loss === 0 })
  const lossy: Link =
    loss === 0 ? left : emulate(left, { out: { loss }, in: { loss } }, new SeededRandom(seed), clock)
  const link: Link = {
    name: 'watched',
    mtu: lossy.mtu,
    offload: lossy.offload,
    start: receive => lossy.start(receive),
    transmit: batch => {
      watch.look(batch)
      lossy.transmit(batch)
    },
    close: () => lossy.close(),
  }
  const [a, b] = [link, right].map((each, n) => {
    const host = new Host({
      tcp,
      clock,
      random: new SeededRandom(seed + n),
      allocate: Buffer.allocUnsafeSlow,
    })
    host.attach(each, [`${n === 0 ? A : B}/24`])
    return new Stack(host)
  }) as [Stack, Stack]
  const received: Buffer[] = []
  const peers: Socket[] = []
  const server = b.createServer(socket => {
    peers.push(socket)
    socket.on('error', () => {})
    socket.on('data', chunk => received.push(Buffer.from(chunk)))
    socket.on('end', () => socket.end())
  })
  server.listen(7)
  await clock.runAsync(clock.now())
  const client = a.connect({ port: 7, host: B, lend })
  client.resume()
  const connected = once(client, 'connect')
  await clock.runAsync(60_000)
  await connected
  return { a, b, client, watch, clock, received, peers }
}

/** Any writes: small ones and large ones, corked ones, texts, parts of larger buffers. */
const write = (ends: Ends, random: SeededRandom, told: () => void): { readonly chunk: Buffer | null } => {
  const { client, watch } = ends
  const below = (n: number) => random.uint32() % n
  const size = [1 + below(100), 1 + below(9000), SHORTEST_LENT + below(40_000), 80_000 + below(160_000)][
    below(4)
  ]!
  if (below(4) === 0) {
    const text = pattern(size).toString('latin1')
    watch.written = Buffer.concat([watch.written, Buffer.from(text, 'latin1')])
    client.write(text, 'latin1', told)
    return { chunk: null }
  }
  const whole = Buffer.alloc(size + below(2) * below(20 * size))
  const chunk = whole.subarray(whole.length - size)
  for (let i = 0; i < size; i += 64) chunk[i] = random.uint32()
  watch.written = Buffer.concat([watch.written, chunk])
  client.write(chunk, told)
  return { chunk }
}

const WAYS = {
  copied: { lend: false, delay: FAR },
  lent: { lend: true, delay: FAR },
  'copied, near by': { lend: false, delay: NEAR },
  'lent, near by': { lend: true, delay: NEAR },
}

for (const [how, { lend, delay }] of Object.entries(WAYS))
  for (const loss of [0, 0.05])
    test(`${how}: the wire carries what was written, also again, at ${loss * 100} % of loss`, async t => {
      const ends = await connect(lend, loss, 11, delay)
      const { client, clock, watch } = ends
      const random = new SeededRandom(5)
      for (let n = 0; n < 16; n++) {
        const corked = random.uint32() % 4 === 0
        if (corked) client.cork()
        for (let k = corked ? 1 + (random.uint32() % 4) : 1; k > 0; k--) {
          const { chunk } = write(ends, random, () => {
            // A writer that has not lent may use its memory again.
            if (!lend) chunk?.fill(0xee)
          })
        }
        if (corked) client.uncork()
        await clock.runAsync(clock.now() + (random.uint32() % 30))
      }
      const closed = once(client, 'close')
      client.end()
      await clock.runAsync(clock.now() + 600_000)
      await closed
      t.is(watch.wrong, '')
      t.true(Buffer.concat(ends.received).equals(watch.written))
      if (loss > 0) t.true(watch.resent > 0)
      t.is(ends.a.memory().used, 0)
      await closeVirtual(ends, clock)
    })

test('large chunks that are lent leave from their own memory, others and those of writers that do not lend from copies', async t => {
  for (const lend of [false, true]) {
    const ends = await connect(lend, 0, 1)
    const { client, clock, watch } = ends
    const small = Buffer.alloc(SHORTEST_LENT - 1, 1)
    const large = Buffer.alloc(SHORTEST_LENT, 2)
    const huge = Buffer.alloc(300_000, 3)
    for (const chunk of [small, large, huge]) {
      watch.written = Buffer.concat([watch.written, chunk])
      client.write(chunk)
    }
    await clock.runAsync(clock.now() + 10_000)
    t.is(watch.wrong, '')
    t.deepEqual(
      [small, large, huge].map(({ buffer }) => watch.buffers.has(buffer)),
      [false, lend, lend],
    )
    await closeVirtual(ends, clock)
  }
})

test('a large text is made bytes once, and those are sent', async t => {
  const ends = await connect(false, 0, 1)
  const { client, clock, watch } = ends
  const text = pattern(100_000).toString('latin1')
  watch.written = Buffer.from(text, 'latin1')
  client.write(text, 'latin1')
  await clock.runAsync(clock.now() + 10_000)
  t.is(watch.wrong, '')
  t.deepEqual(
    [...watch.buffers].map(buffer => buffer.byteLength),
    [100_000],
  )
  await closeVirtual(ends, clock)
})

test('callbacks of lent writes come when those of copied ones do', async t => {
  const orders: string[][] = []
  for (const lend of [false, true]) {
    const ends = await connect(lend, 0, 1)
    const { client, clock } = ends
    const order: string[] = []
    for (let n = 0; n < 30; n++) {
      const more = client.write(Buffer.alloc(n % 3 === 0 ? 10 : 90_000), () =>
        order.push(`${n} at ${clock.now()}`),
      )
      order.push(`${n} ${more}`)
      process.nextTick(() => order.push(`tick ${n}`))
    }
    client.on('drain', () => order.push('drain'))
    await clock.runAsync(clock.now() + 60_000)
    t.is(order.filter(line => line.includes('at')).length, 30)
    orders.push(order)
    await closeVirtual(ends, clock)
  }
  t.deepEqual(orders[1], orders[0])
})

test('a megabyte of copies is on its way to a near peer at most; to a far one, and of what is lent, as much as there is room for', async t => {
  for (const { lend, delay } of Object.values(WAYS)) {
    const bounded = delay === NEAR && !lend
    const ends = await connect(lend, 0, 1, delay, { sendBuffer: 4_000_000 })
    const { a, client, clock, watch } = ends
    const chunk = Buffer.alloc(3_000_000, 7)
    watch.written = Buffer.from(chunk)
    let told = 0
    client.write(chunk, error => {
      t.falsy(error)
      told++
      if (!lend) chunk.fill(0xee)
    })
    await clock.runAsync(clock.now())
    t.is(told, bounded ? 0 : 1)
    const most = bounded ? 2 ** 20 : 3_000_000
    t.true(a.memory().used >= most, `${a.memory().used}`)
    t.true(a.memory().used < most + 150_000, `${a.memory().used}`)
    await clock.runAsync(clock.now() + 10_000)
    t.is(told, 1)
    t.is(watch.wrong, '')
    t.true(Buffer.concat(ends.received).equals(watch.written))
    t.is(a.memory().used, 0)
    await closeVirtual(ends, clock)
  }
})

test('a long write is called back although the peer does not read', async t => {
  const ends = await connect(false, 0, 1, NEAR, { receiveBuffer: 65_536 })
  const { client, clock, watch, peers } = ends
  peers[0]!.pause()
  const chunk = Buffer.alloc(500_000, 7)
  watch.written = Buffer.from(chunk)
  let told = false
  client.write(chunk, () => {
    told = true
    chunk.fill(0xee)
  })
  await clock.runAsync(clock.now() + 10_000)
  t.true(told)
  t.true(client.bytesWritten - peers[0]!.bytesRead > 131_072)
  peers[0]!.resume()
  await clock.runAsync(clock.now() + 10_000)
  t.is(watch.wrong, '')
  t.true(Buffer.concat(ends.received).equals(watch.written))
  await closeVirtual(ends, clock)
})

test('the budget counts the whole of a buffer that is lent a part of, until the part is acknowledged', async t => {
  const ends = await connect(true, 0, 1)
  const { a, client, clock } = ends
  const buffer = Buffer.alloc(400_000)
  client.write(buffer.subarray(0, 60_000))
  await clock.runAsync(clock.now())
  t.true(a.memory().used >= 400_000)
  await clock.runAsync(clock.now() + 10_000)
  t.is(a.memory().used, 0)
  await closeVirtual(ends, clock)
})

test('a buffer is pinned by an eighth of it at least: less is copied', t => {
  const memory = new SendMemory()
  const buffer = new Uint8Array(800_000)
  t.true(memory.lend(buffer.subarray(0, 100_000), 100_000))
  t.is(memory.bytes, 800_000)
  t.false(memory.lend(buffer.subarray(0, 99_999), 99_999))
  // The rest of the same write counts too.
  t.true(memory.lend(buffer.subarray(0, 50_000), 100_000))
  t.is(memory.bytes, 800_000)
  memory.acknowledged(50_000)
  t.is(memory.bytes, 800_000)
  memory.acknowledged(0)
  t.is(memory.bytes, 0)
})

test('lent and copied bytes are let go of in their order', t => {
  const memory = new SendMemory()
  const first = memory.copy(new Uint8Array(2000))
  const lent = new Uint8Array(10_000)
  t.true(memory.lend(lent, lent.length))
  memory.copy(new Uint8Array(48))
  const next = memory.copy(new Uint8Array(3000))
  t.not(next.buffer, first.buffer)
  t.is(memory.bytes, 2048 + 4096 + 10_000)
  memory.acknowledged(3049)
  t.is(memory.bytes, 2048 + 4096 + 10_000)
  memory.acknowledged(3048)
  t.is(memory.bytes, 2048 + 4096)
  memory.acknowledged(3000)
  t.is(memory.bytes, 4096)
})
