/** A SYN flood (RFC 4987 §2), with a decent client in the middle of it. */
import test from 'ava'
import { Host } from '../../src/host/host.ts'
import type { Link } from '../../src/ip/link.ts'
import { createPipe } from '../../src/link/pipe.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import type { ConnectionView as Connection } from '../../src/tcp/block/connection-view.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { close, setUser } from '../../src/tcp/calls.ts'
import { parseIpv4Address } from '../../src/wire/address.ts'
import { CHECKSUM_COMPLETE, PacketBatch } from '../../src/wire/batch.ts'
import { read32, write32, writeIpv4 } from '../../src/wire/ipv4.ts'
import { SYN, writeTcp } from '../../src/wire/tcp.ts'
import { fixTcpChecksum } from '../support/packets.ts'
import { pattern, Streamer } from '../support/two-hosts.ts'

const CLIENT = parseIpv4Address('192.0.2.1')
const SERVER = parseIpv4Address('192.0.2.2')
const SPOOFED = parseIpv4Address('198.18.0.0')

/** A host that a flood reaches beside what comes through the pipe; its answers to the flood are counted and lost. */
const flooded = (seed: number, tcp: Partial<TcpOptions> = {}) => {
  const clock = new VirtualClock()
  const random = new SeededRandom(seed)
  const [clientEnd, serverEnd] = createPipe(clock, { delay: 5 })
  let receive: ((batch: PacketBatch) => void) | null = null
  let answers = 0
  const forward = new PacketBatch(1, false)
  const link: Link = {
    name: 'flooded',
    mtu: 1500,
    offload: { checksum: false, segmentation: false },
    start(deliver) {
      receive = deliver
      serverEnd.start(deliver)
    },
    transmit(batch) {
      for (let i = 0; i < batch.count; i++) {
        const packet = new Uint8Array(batch.packetLength(i))
        batch.copy(i, packet)
        if (read32(packet, 16) !== CLIENT) {
          answers++
          continue
        }
        forward.push(packet, 0, packet.length, CHECKSUM_COMPLETE, 0)
        serverEnd.transmit(forward)
        forward.clear()
      }
    },
    close: () => serverEnd.close(),
  }
  const client = new Host({ clock, random, tcp })
  client.attach(clientEnd, ['192.0.2.1/24'])
  const server = new Host({ clock, random, tcp })
  server.attach(link, ['192.0.2.2/24'])
  const batch = new PacketBatch(64, false)
  const packets = Array.from({ length: 64 }, () => new Uint8Array(52))
  /** So many SYNs, each from another address and port, `perMs` in a millisecond. */
  const flood = (from: number, count: number, perMs: number): void => {
    for (let n = from; n < from + count; n++) {
      const packet = packets[batch.count]!
      const source = (SPOOFED + (n % 131_072)) | 0
      writeIpv4(packet, 0, 52, 6, source, SERVER, 64, 0, n & 0xffff)
      writeTcp(packet, 20, 1024 + (n % 60_000), 80, Math.imul(n, 0x9e3779b1), 0, 32, SYN, 65_535, 0)
      // Every fourth has timestamps; the others NOPs.
      packet.fill(1, 40, 52)
      if (n % 4 === 0) {
        packet.set([8, 10], 40)
        write32(packet, 42, n)
      }
      fixTcpChecksum(packet)
      batch.push(packet, 0, 52, CHECKSUM_COMPLETE, 0)
      if (batch.full || n === from + count - 1) {
        receive!(batch)
        batch.clear()
      }
      if (n % perMs === 0) clock.advance(1)
    }
  }
  return { clock, client, server, flood, answers: () => answers }
}

/** Serves one stream at port 80, and opens connections that say another. */
const conversations = ({ client, server }: ReturnType<typeof flooded>, bytes: number) => {
  const question = pattern(bytes, 1)
  const answer = pattern(bytes, 2)
  const served: Streamer[] = []
  const opened: Streamer[] = []
  const listener = server.listen(0, 80, {
    acceptable: () => {
      for (let c = listener.accept(); c !== null; c = listener.accept()) {
        const streamer = new Streamer(c, answer, question)
        setUser(c, streamer)
        served.push(streamer)
        streamer.writable()
        streamer.readable()
      }
    },
  })
  const open = () => {
    const proxy: { streamer: Streamer | null } = { streamer: null }
    const c = client.connect(SERVER, 80, {
      established: () => proxy.streamer!.established(),
      readable: () => proxy.streamer!.readable(),
      writable: () => proxy.streamer!.writable(),
      closed: error => proxy.streamer!.closed(error),
    })
    proxy.streamer = new Streamer(c, question, answer)
    opened.push(proxy.streamer)
  }
  return { listener, open, served, opened, bytes }
}

const BYTES = 100_000

test('[R4987-1] a million spoofed SYNs: memory is bounded, a client still connects and its bytes are exact', t => {
  const world = flooded(7, { msl: 100 })
  const { server, clock, flood } = world
  const talk = conversations(world, BYTES)
  const COUNT = 1_000_000
  const STEP = COUNT / 20
  let largest = 0
  for (let n = 0; n < COUNT; n += STEP) {
    // In the thick of it: the SYN queue is full, and stays so.
    if (n % (4 * STEP) === STEP) talk.open()
    flood(n, STEP, 200)
    largest = Math.max(largest, server.connections.size)
    t.true(server.timers <= 2 * server.connections.size + 4, `${server.timers} timers`)
  }
  clock.advance(200_000)
  t.true(largest <= talk.listener.backlog + 5, `${largest} connections`)
  t.true(server.counters.synCookiesSent > COUNT - 40_000, `${server.counters.synCookiesSent} cookies`)
  t.is(server.counters.synCookiesAccepted, 5)
  t.is(talk.opened.length, 5)
  for (const s of [...talk.opened, ...talk.served])
    t.like(s, { fault: '', received: BYTES, ended: true, over: null })
  t.is(talk.served.length, 5)
  t.true(world.answers() >= COUNT)
  t.is(server.connections.size, 0)
  t.is(server.timers, 0)
})

test("[R4987-1] the same with synCookies 'never' keeps the client out: it is the cookies that let it in", t => {
  const world = flooded(7, { msl: 100, synCookies: 'never', synRetries: 2 })
  const talk = conversations(world, BYTES)
  world.flood(0, 5000, 200)
  talk.open()
  world.flood(5000, 5000, 1)
  world.clock.advance(10_000)
  t.is(talk.opened[0]!.over, 'ETIMEDOUT')
  t.is(talk.served.length, 0)
})

for (const synCookies of ['auto', 'always', 'never'] as const)
  test(`[R4987-1][R6191-1] the SYN queue is full, cookies '${synCookies}': clients that are in TIME-WAIT come again`, t => {
    const world = flooded(7, { synCookies, synRetries: 2, backlog: 10 })
    const { client, server, clock } = world
    const ports = Array.from({ length: 20 }, (_, n) => 50_000 + n)
    const listener = server.listen(0, 80, {
      acceptable: () => {
        // The server closes first: it is its end that waits.
        for (let c = listener.accept(); c !== null; c = listener.accept()) close(c)
      },
    })
    const visit = () => {
      const ends: (string | null)[] = []
      for (const localPort of ports) {
        const c: Connection = client.connect(
          SERVER,
          80,
          {
            established() {},
            readable: () => close(c),
            writable() {},
            closed: error => ends.push(error),
          },
          { localPort },
        )
        clock.advance(20)
      }
      clock.advance(2000)
      return ends
    }
    t.deepEqual(visit(), Array(20).fill(null))
    t.is(server.connections.size, 20)
    world.flood(0, 2000, 2000)
    const before = server.drops['backlog-full']
    t.deepEqual(visit(), Array(20).fill(null))
    t.is(server.drops['backlog-full'], before)
  })
