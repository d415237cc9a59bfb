/**
 * Half a million packets, random and almost valid, from peers that lead real conversations: nothing throws, nothing goes
 * on for ever, nothing grows without bounds, and a healthy peer's stream passes through it byte by byte.
 */

import test from 'ava'
import { Host } from '../../src/host/host.ts'
import type { Link } from '../../src/ip/link.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import { Connection } from '../../src/tcp/block/connection.ts'
import type { ConnectionUser } from '../../src/tcp/block/connection-user.ts'
import type { ConnectionView } from '../../src/tcp/block/connection-view.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { abort, close, configure, receive, release, send, sendUrgent, setUser } from '../../src/tcp/calls.ts'
import { parseAddress } from '../../src/wire/address.ts'
import { CHECKSUM_COMPLETE, PacketBatch } from '../../src/wire/batch.ts'
import { read32 } from '../../src/wire/bytes.ts'
import { DROP_REASONS } from '../../src/wire/drop.ts'
import { readIpv6Address } from '../../src/wire/ipv6-address.ts'
import { Fuzzer } from '../support/fuzzer.ts'
import { pattern } from '../support/two-hosts.ts'

/** The hosts' addresses in each family, and others in whose name nonsense is said. */
const FAMILIES = {
  4: {
    target: parseAddress('192.0.2.2'),
    healthy: parseAddress('192.0.2.1'),
    peer: (i: number) => parseAddress(`192.0.2.${100 + i}`),
    spoofed: ['192.0.2.255', '255.255.255.255', '224.0.0.1', '127.0.0.1', '0.0.0.0', '240.0.0.1'],
  },
  6: {
    target: parseAddress('2001:db8::2'),
    healthy: parseAddress('2001:db8::1'),
    peer: (i: number) => parseAddress(`2001:db8::${100 + i}`),
    spoofed: ['ff02::1', '::1', '::', 'fe80::1', '::ffff:192.0.2.1', '2001:db8::2'],
  },
}
const TARGET_PREFIXES = ['192.0.2.2/24', '2001:db8::2/64']
const HEALTHY_PREFIXES = ['192.0.2.1/24', '2001:db8::1/64']
const ANY = parseAddress('::')
const LISTENING = [80, 81, 82]
/** From these ports the target calls the fuzzer. */
const CALLING = Array.from({ length: 8 }, (_, i) => 7000 + i)
const PEERS = 40
const BACKLOG = 32
const TIME_WAITS = 16
const BUFFER = 16_384
const PIECES = 64
/** What the target may have at once: half-open and unaccepted of each listener, peers, TIME-WAIT, the healthy one. */
const MOST = LISTENING.length * 2 * BACKLOG + PEERS + CALLING.length + TIME_WAITS + 1

const TCP: Partial<TcpOptions> = {
  backlog: BACKLOG,
  timeWaitRecords: TIME_WAITS,
  receiveBuffer: BUFFER,
  reassemblySegments: PIECES,
  msl: 2000,
  finWait2Timeout: 5000,
  userTimeout: 20_000,
  synAckRetries: 2,
}

/** A link that passes on what it sends as packets of their own, 1 ms later. */
class Cable implements Link {
  readonly name = 'cable'
  readonly mtu = 1500
  readonly offload = { checksum: false, segmentation: false }
  readonly #clock: VirtualClock
  readonly #batch = new PacketBatch(64, false)
  readonly #out: (packet: Uint8Array) => void
  #receive: ((batch: PacketBatch) => void) | null = null

  constructor(clock: VirtualClock, out: (packet: Uint8Array) => void) {
    this.#clock = clock
    this.#out = out
  }
  start(receive: (batch: PacketBatch) => void): void {
    this.#receive = receive
  }
  transmit(batch: PacketBatch): void {
    for (let i = 0; i < batch.count; i++) {
      const packet = new Uint8Array(batch.packetLength(i))
      batch.copy(i, packet)
      this.#clock.schedule(this.#clock.now() + 1, () => this.#out(packet))
    }
  }
  deliver(packets: readonly Uint8Array[]): void {
    for (const packet of packets) {
      this.#batch.push(packet, 0, packet.length, CHECKSUM_COMPLETE, 0)
      if (this.#batch.full) this.#flush()
    }
    this.#flush()
  }
  #flush(): void {
    this.#receive?.(this.#batch)
    this.#batch.clear()
  }
  close(): void {}
}

/** A user on the target with habits that the random numbers give it. */
class Fickle implements ConnectionUser {
  readonly connection: ConnectionView
  over = false
  reading: boolean
  constructor(connection: ConnectionView, reading: boolean) {
    this.connection = connection
    this.reading = reading
  }
  established(): void {}
  readable(): void {
    while (this.reading && receive(this.connection) !== null);
  }
  writable(): void {}
  closed(): void {
    this.over = true
  }
  softError(): void {}
  urgent(): void {}

  act(random: SeededRandom): void {
    const c = this.connection
    // It may have ended before we accepted it.
    if (c.state === 'CLOSED' || c.state === 'TIME_WAIT') this.over = true
    if (this.over) return
    const choice = random.below(100)
    if (choice < 30) {
      if (!c.finQueued && c.sendQueue.length < BUFFER) send(c, new Uint8Array(random.below(3000)))
    } else if (choice < 35) {
      if (!c.finQueued && c.sendQueue.length < BUFFER) sendUrgent(c, new Uint8Array(random.below(300)))
    } else if (choice < 60) {
      this.reading = !this.reading
      this.readable()
    } else if (choice < 70) {
      configure(c, { noDelay: random.chance(0.5), keepAlive: random.chance(0.5), keepAliveIdle: 500 })
    } else if (choice < 85) close(c)
    else if (choice < 96) release(c)
    else abort(c)
  }
}

/** Says its part of a stream, a little at a time, and checks the other's. */
class Half implements ConnectionUser {
  connection: ConnectionView | null = null
  received = 0
  fault = ''
  over: string | null | undefined
  #sent = 0
  readonly #says: Uint8Array
  readonly #hears: Buffer
  constructor(says: Uint8Array, hears: Buffer) {
    this.#says = says
    this.#hears = hears
  }
  established(): void {}
  writable(): void {}
  /** Says so much more; closes after all of it. */
  say(bytes: number): void {
    const c = this.connection!
    if (this.#sent === this.#says.length || c.state === 'SYN_SENT') return
    send(c, this.#says.subarray(this.#sent, this.#sent + bytes))
    this.#sent = Math.min(this.#says.length, this.#sent + bytes)
    if (this.#sent === this.#says.length) close(c)
  }
  readable(): void {
    for (let chunk = receive(this.connection!); chunk !== null; chunk = receive(this.connection!)) {
      if (this.#hears.compare(chunk, 0, chunk.length, this.received, this.received + chunk.length) !== 0)
        this.fault ||= `wrong bytes at ${this.received}`
      this.received += chunk.length
    }
  }
  closed(error: string | null): void {
    this.over = error
  }
}

const STREAM = 2_000_000

const fuzz = (seed: number, packets: number, family: 4 | 6) => {
  const { target: targetAddress, healthy: healthyAddress, peer: peerAddress, spoofed } = FAMILIES[family]
  const clock = new VirtualClock()
  const random = new SeededRandom(seed)
  const states = new Set<string>()
  const fault = (error: unknown): never => {
    throw error
  }
  let digest = 0
  const target = new Host({
    clock,
    random,
    tcp: TCP,
    report: fault,
    trace: event => {
      if (event.type === 'transition') states.add(event.to)
    },
  })
  const healthy = new Host({ clock, random, report: fault, tcp: { ...TCP, userTimeout: 0 } })
  const fuzzer = new Fuzzer(
    random,
    targetAddress,
    Array.from({ length: PEERS + CALLING.length }, (_, i) => ({
      address: peerAddress(i % 10),
      port: 10_000 + i,
      targetPort: CALLING[i - PEERS] ?? LISTENING[i % LISTENING.length]!,
    })),
    [healthyAddress, targetAddress, ...spoofed.map(parseAddress)],
  )
  const cable = new Cable(clock, packet => {
    for (const byte of packet.subarray(20, 40)) digest = Math.imul(digest ^ byte, 0x01000193)
    const to = family === 4 ? read32(packet, 16) : readIpv6Address(packet, 24)
    if (to === healthyAddress) other.deliver([packet])
    else fuzzer.observe(packet)
  })
  const other = new Cable(clock, packet => cable.deliver([packet]))
  target.attach(cable, TARGET_PREFIXES)
  healthy.attach(other, HEALTHY_PREFIXES)

  const [up, down] = [pattern(STREAM, 1), pattern(STREAM, 2)]
  const client = new Half(up, down)
  const server = new Half(down, up)
  const main = target.listen(ANY, 9, {
    acceptable: () => {
      server.connection = main.accept()
      setUser(server.connection!, server)
    },
  })
  client.connection = healthy.connect(targetAddress, 9, client)
  clock.advance(10)
  main.close()

  let users: Fickle[] = []
  for (const port of LISTENING) {
    const listener = target.listen(ANY, port, {
      acceptable: () => {
        for (let c = listener.accept(); c !== null; c = listener.accept()) {
          const user = new Fickle(c, random.chance(0.7))
          setUser(c, user)
          users.push(user)
        }
      },
    })
  }
  const call = () => {
    const i = random.below(CALLING.length)
    const peer = fuzzer.peers[PEERS + i]!
    if (target.connections.get(targetAddress, CALLING[i]!, peer.address, peer.port) !== null) return
    const user: { user?: Fickle } = {}
    const c = target.connect(
      peer.address,
      peer.port,
      {
        established() {},
        readable: () => user.user?.readable(),
        writable() {},
        closed: () => user.user?.closed(),
      },
      { localPort: CALLING[i]! },
    )
    user.user = new Fickle(c, true)
    users.push(user.user)
  }

  const most = { connections: 0, timers: 0, fragments: 0, queued: 0, above: 0 }
  const measure = () => {
    most.connections = Math.max(most.connections, target.connections.size)
    most.timers = Math.max(most.timers, target.timers - 3 * target.connections.size)
    most.fragments = Math.max(most.fragments, target.fragmentBytes)
    for (const c of target.connections) {
      if (!(c instanceof Connection)) continue
      most.queued = Math.max(most.queued, c.receiveQueue.length + c.receiveQueue.bytesAbove)
      most.above = Math.max(most.above, c.receiveQueue.piecesAbove)
    }
  }

  let injected = 0
  for (let round = 0; injected < packets; round++) {
    const batch = Array.from({ length: Math.min(1 + random.below(40), packets - injected) }, () =>
      fuzzer.next(),
    )
    injected += batch.length
    cable.deliver(batch)
    // What comes in time passes on to users, who do as they like.
    clock.advance(random.below(8))
    if (random.chance(0.02)) clock.advance(random.below(3000))
    for (let n = random.below(4); n > 0 && users.length > 0; n--)
      users[random.below(users.length)]!.act(random)
    if (random.chance(0.05)) call()
    if (round % 8 === 0) {
      users = users.filter(u => !u.over)
      measure()
    }
    client.say(300)
    server.say(300)
  }
  // All is over once nobody says anything more.
  client.say(STREAM)
  server.say(STREAM)
  clock.advance(60_000)
  for (const user of users) if (!user.over) release(user.connection)
  clock.advance(3_600_000)
  return { target, healthy, client, server, most, states, digest, injected, clock }
}

/** In all, half of them of each family. */
const PACKETS = 500_000

for (const family of [4, 6] as const) {
  test(`${PACKETS / 2} packets of almost real conversations over IPv${family}`, t => {
    const { target, healthy, client, server, most, states, injected } = fuzz(1, PACKETS / 2, family)
    t.is(injected, PACKETS / 2)
    // The healthy stream: all of it, both ways, closed in order.
    t.deepEqual([client.fault, server.fault], ['', ''])
    t.deepEqual([client.received, server.received], [STREAM, STREAM])
    t.deepEqual([client.over, server.over], [null, null])
    // Bounds.
    t.true(most.connections <= MOST, `${most.connections} connections`)
    t.true(most.timers <= 1, 'three timers a connection, and the fragments’')
    t.true(most.fragments > 0 && most.fragments <= 1 << 20, `${most.fragments} bytes of fragments`)
    t.true(most.queued <= BUFFER, `${most.queued} bytes received and not read`)
    t.true(most.above <= PIECES, `${most.above} pieces above a gap`)
    const { packetsIn, packetsOut } = target.counters
    t.true(packetsIn >= injected && packetsOut < 1.5 * packetsIn, `${packetsOut} sent`)
    // It went deep: every state, and most ways of dropping a packet.
    t.deepEqual([...states].sort(), [
      'CLOSED',
      'CLOSE_WAIT',
      'CLOSING',
      'ESTABLISHED',
      'FIN_WAIT_1',
      'FIN_WAIT_2',
      'LAST_ACK',
      'LISTEN',
      'SYN_RECEIVED',
      'SYN_SENT',
      'TIME_WAIT',
    ])
    t.deepEqual(Object.keys(target.drops).sort(), [...DROP_REASONS].sort())
    const never = DROP_REASONS.filter(reason => target.drops[reason] === 0)
    t.log('never dropped for', never.join(', '))
    t.log(most, target.counters)
    t.true(Object.values(target.drops).reduce((a, b) => a + b) > injected / 10)
    // Nothing is left.
    t.is(target.connections.size, 0)
    t.is(target.timers, 0)
    t.is(target.fragmentBytes, 0)
    t.is(healthy.connections.size, 0)
  })

  test(`IPv${family}: the same seed, the same packets`, t => {
    const [a, b, c] = [fuzz(2, 20_000, family), fuzz(2, 20_000, family), fuzz(3, 20_000, family)]
    t.is(a.digest, b.digest)
    t.deepEqual(a.target.drops, b.target.drops)
    t.not(a.digest, c.digest)
  })
}
