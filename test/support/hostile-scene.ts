/**
 * A host among hostile peers in virtual time: they lead almost valid conversations with it, at its listeners and where it
 * calls them, while users of its own do as they like; beside them decent peers carry a stream each way, and visit an echo.
 * Everything follows from the seed.
 */
import { Host } from '../../src/host/host.ts'
import type { MemoryOptions } from '../../src/host/memory/options.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import { Connection } from '../../src/tcp/block/connection.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { release, setUser } from '../../src/tcp/calls.ts'
import { parseAddress } from '../../src/wire/address.ts'
import { read32 } from '../../src/wire/bytes.ts'
import { readIpv6Address } from '../../src/wire/ipv6-address.ts'
import { ATTACKERS, ATTACKERS_PORTS, Attacker } from './attacker.ts'
import { Cable } from './cable.ts'
import { Fuzzer } from './fuzzer.ts'
import { echoes, Fickle, Half, visit } from './scene-users.ts'
import { pattern } from './two-hosts.ts'

export type Family = 4 | 6

/** The hosts' addresses in each family, and others in whose name nonsense is said. */
const ADDRESSES = {
  4: {
    target: parseAddress('192.0.2.2'),
    healthy: parseAddress('192.0.2.1'),
    peer: (i: number) => parseAddress(`192.0.2.${150 + i}`),
    spoofed: ['192.0.2.255', '255.255.255.255', '224.0.0.1', '127.0.0.1', '0.0.0.0', '240.0.0.1'],
  },
  6: {
    target: parseAddress('2001:db8::2'),
    healthy: parseAddress('2001:db8::1'),
    peer: (i: number) => parseAddress(`2001:db8::${150 + i}`),
    spoofed: ['ff02::1', '::1', '::', 'fe80::1', '::ffff:192.0.2.1', '2001:db8::2'],
  },
}
const VICTIM = { 4: ADDRESSES[4].target, 6: ADDRESSES[6].target }
const TARGET_PREFIXES = ['192.0.2.2/24', '2001:db8::2/64']
const HEALTHY_PREFIXES = ['192.0.2.1/24', '2001:db8::1/64']
const ANY = parseAddress('::')
const LISTENING = [80, 81, 82]
const ECHO = 7
const STREAM_PORT = 9
/** From these ports the target calls the fuzzer. */
const CALLING = Array.from({ length: 8 }, (_, i) => 7000 + i)
const PEERS = 40
/** The length of each stream, each way. */
const STREAM = 2_000_000
/** The time after which all that is left to happen is over, ms. */
const AFTERWARDS = 7_200_000
/** The smallest that the target offers, bytes. */
const LEAST_MSS = 536
/** Beyond what the send buffer has room for, a user may have given so much in one call. */
const LAST_CALL = 3300

/** The target's options unless a scene says otherwise: little of everything, and short times. */
export const SCENE_TCP: Partial<TcpOptions> = Object.freeze({
  backlog: 32,
  timeWaitRecords: 16,
  receiveBuffer: 16_384,
  reassemblySegments: 64,
  msl: 2000,
  finWait2Timeout: 5000,
  userTimeout: 20_000,
  synAckRetries: 2,
})

export interface SceneSettings {
  readonly seed: number | string
  readonly packets: number
  readonly families: readonly Family[]
  /** Over {@link SCENE_TCP}. */
  readonly tcp?: Partial<TcpOptions>
  readonly memory?: Partial<MemoryOptions>
  /** The share of packets from one who knows the numbers of connections that only their peers could know. */
  readonly knowing?: number
  /** A decent conversation with the echo begins every so many packets; 0 for none. */
  readonly visitEvery?: number
  /** The time at which it begins, ms: clocks that stand for it in 31 or 32 bits may come round meanwhile. */
  readonly start?: number
  /** So many half-open connections of a listener are not packed; as many as a host has, when it is not said. */
  readonly whole?: number
}

export class HostileScene {
  readonly target: Host
  readonly healthy: Host
  readonly clock: VirtualClock
  /** The states that connections of the target were in. */
  readonly states = new Set<string>()
  /** The largest sizes so far; `timers` are those beyond three for each connection. */
  readonly most = {
    connections: 0,
    timers: 0,
    fragments: 0,
    received: 0,
    above: 0,
    toSend: 0,
    memory: 0,
  }
  /** A sum of all that the target has sent. */
  digest = 0
  injected = 0
  readonly settings: SceneSettings
  readonly #random: SeededRandom
  readonly #exceptions: unknown[] = []
  readonly #cable: Cable
  readonly #fuzzers: Readonly<Record<Family, Fuzzer>>
  readonly #attacker: Attacker
  readonly #streams: { readonly name: string; readonly client: Half; readonly server: Half }[] = []
  readonly #endEchoes: () => void
  #users: Fickle[] = []
  #rounds = 0
  /** Connections were opened at this host, by all sides. */
  opened = 0
  /** Decent visits that were made, those under way, and what became of those that failed. */
  visits = 0
  #visiting: { readonly name: string; readonly half: Half }[] = []
  readonly #failed: string[] = []

  constructor(settings: SceneSettings) {
    this.settings = settings
    const random = new SeededRandom(settings.seed)
    const clock = new VirtualClock({ start: settings.start ?? 0 })
    this.clock = clock
    const report = (error: unknown) => void this.#exceptions.push(error)
    const tcp = { ...SCENE_TCP, ...settings.tcp }
    this.#random = random
    this.target = new Host({
      clock,
      random,
      tcp,
      report,
      ...(settings.memory === undefined ? {} : { memory: settings.memory }),
      trace: event => {
        if (event.type !== 'transition') return
        if (event.from === 'CLOSED' || event.from === 'LISTEN') this.opened++
        this.states.add(event.to)
      },
    })
    if (settings.whole !== undefined) this.target.halfOpens.whole = settings.whole
    this.healthy = new Host({ clock, random, report, tcp: { ...tcp, userTimeout: 0 } })
    this.#fuzzers = { 4: this.#fuzzer(4), 6: this.#fuzzer(6) }
    this.#attacker = new Attacker(this.target, VICTIM, [...LISTENING, ECHO, 5], random, settings.families)
    this.#cable = new Cable(clock, packet => this.#leaves(packet))
    const other = new Cable(clock, packet => this.#cable.deliver([packet]))
    this.#toHealthy = packet => other.deliver([packet])
    this.target.attach(this.#cable, TARGET_PREFIXES)
    this.healthy.attach(other, HEALTHY_PREFIXES)
    for (const family of settings.families) this.#stream(family)
    for (const port of LISTENING) this.#listen(port)
    this.#endEchoes = echoes(this.target, ECHO, true)
  }
  readonly #toHealthy: (packet: Uint8Array) => void

  #fuzzer(family: Family): Fuzzer {
    const { peer, spoofed, healthy, target } = ADDRESSES[family]
    return new Fuzzer(
      this.#random,
      target,
      Array.from({ length: PEERS + CALLING.length }, (_, i) => ({
        address: peer(i % 10),
        port: 10_000 + i,
        targetPort: CALLING[i - PEERS] ?? LISTENING[i % LISTENING.length]!,
      })),
      [healthy, target, ...spoofed.map(parseAddress)],
    )
  }

  #leaves(packet: Uint8Array): void {
    for (const byte of packet.subarray(20, 40)) this.digest = Math.imul(this.digest ^ byte, 0x01000193)
    const family = packet[0]! >>> 4 === 6 ? 6 : 4
    const to = family === 4 ? read32(packet, 16) : readIpv6Address(packet, 24)
    if (to === ADDRESSES[family].healthy) this.#toHealthy(packet)
    else this.#fuzzers[family].observe(packet)
  }

  /** A stream each way between the decent host and the target, established before anything else happens. */
  #stream(family: Family): void {
    const [up, down] = [pattern(STREAM, 1), pattern(STREAM, 2)]
    const client = new Half(up, down)
    const server = new Half(down, up)
    const { target, healthy, clock } = this
    const listener = target.listen(ANY, STREAM_PORT, {
      acceptable: () => {
        server.connection = listener.accept()
        if (server.connection === null) return
        setUser(server.connection, server)
        server.readable()
      },
    })
    client.connection = healthy.connect(ADDRESSES[family].target, STREAM_PORT, client)
    // A listener that defers accepting takes text.
    client.say(1)
    for (let n = 0; server.connection === null && n < 20; n++) clock.advance(1000)
    listener.close()
    this.#streams.push({ name: `the stream over IPv${family}`, client, server })
  }

  #listen(port: number): void {
    const random = this.#random
    const listener = this.target.listen(ANY, port, {
      acceptable: () => {
        for (let c = listener.accept(); c !== null; c = listener.accept()) {
          const user = new Fickle(c, random.chance(0.7))
          setUser(c, user)
          this.#users.push(user)
        }
      },
    })
  }

  #family(): Family {
    const { families } = this.settings
    return families.length === 1 ? families[0]! : this.#random.chance(0.5) ? 4 : 6
  }

  /** The target calls a hostile peer. */
  #call(): void {
    const { target } = this
    const family = this.#family()
    const i = this.#random.below(CALLING.length)
    const peer = this.#fuzzers[family].peers[PEERS + i]!
    if (target.connections.get(ADDRESSES[family].target, CALLING[i]!, peer.address, peer.port) !== null)
      return
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
    this.#users.push(user.user)
  }

  #visit(): void {
    const family = this.#family()
    const said = pattern(1 + this.#random.below(10_000), this.visits)
    const half = visit(this.healthy, ADDRESSES[family].target, ECHO, said)
    this.#visiting.push({ name: `visit ${this.visits++} over IPv${family} at ${this.clock.now()} ms`, half })
  }

  #packet(targets: readonly Connection[]): Uint8Array {
    const { knowing = 0 } = this.settings
    if (knowing > 0 && this.#random.chance(knowing)) return this.#attacker.packet(targets)
    return this.#fuzzers[this.#family()].next()
  }

  /** The limits of {@link most}. */
  get limits(): Readonly<
    Record<'connections' | 'timers' | 'fragments' | 'received' | 'above' | 'toSend', number>
  > {
    const { families, knowing = 0, visitEvery = 0 } = this.settings
    const { backlog, maxReceiveBuffer, maxSendBuffer, reassemblySegments, timeWaitRecords } =
      this.target.options
    const ports = LISTENING.length + 1
    const attackers = knowing > 0 ? (ATTACKERS[4].length + ATTACKERS[6].length) * ATTACKERS_PORTS * ports : 0
    const hostile = families.length * (PEERS + CALLING.length) + attackers
    return {
      // Half-open and unaccepted ones of each listener, peers, TIME-WAIT, decent ones.
      connections:
        ports * 2 * backlog + hostile + timeWaitRecords + families.length + (visitEvery && this.visits),
      // The timers of fragments, of memory, and of orphans.
      timers: 3,
      fragments: 1 << 20,
      received: maxReceiveBuffer,
      // Small pieces, and whole segments.
      above: reassemblySegments + Math.ceil(maxReceiveBuffer / LEAST_MSS),
      toSend: maxSendBuffer + LAST_CALL,
    }
  }

  #measure(): void {
    const { target, most } = this
    most.connections = Math.max(most.connections, target.connections.size)
    most.timers = Math.max(most.timers, target.timers - 3 * target.connections.size)
    most.fragments = Math.max(most.fragments, target.fragmentBytes)
    most.memory = Math.max(most.memory, target.memory.peak)
    // Read only: what is packed stays so.
    for (const flow of target.connections.flows()) {
      const c = target.connections.read(flow)
      if (!(c instanceof Connection)) continue
      most.received = Math.max(most.received, c.receiveQueue.length + c.receiveQueue.bytesAbove)
      most.above = Math.max(most.above, c.receiveQueue.piecesAbove)
      most.toSend = Math.max(most.toSend, c.sendQueue.length)
    }
  }

  /** Some packets come, some time passes, some users act. @returns whether there is more to come */
  round(): boolean {
    const random = this.#random
    const { clock } = this
    const { packets, visitEvery = 0, knowing = 0 } = this.settings
    const count = Math.min(1 + random.below(40), packets - this.injected)
    const targets = knowing > 0 ? this.#attacker.targets() : []
    this.#cable.deliver(Array.from({ length: count }, () => this.#packet(targets)))
    this.injected += count
    // Segments that come in time pass on to users, who do as they like.
    clock.advance(random.below(8))
    if (random.chance(0.02)) clock.advance(random.below(3000))
    for (let n = random.below(4); n > 0 && this.#users.length > 0; n--)
      this.#users[random.below(this.#users.length)]!.act(random)
    if (random.chance(0.05)) this.#call()
    if (visitEvery > 0 && random.below(visitEvery) < count) this.#visit()
    if (this.#rounds++ % 8 === 0) this.#review()
    for (const { client, server } of this.#streams) {
      client.say(300)
      server.say(300)
    }
    return this.injected < packets
  }

  #review(): void {
    this.#users = this.#users.filter(u => !u.over)
    this.#measure()
    this.#visiting = this.#visiting.filter(({ name, half }) => {
      if (half.over === undefined) return true
      const trouble = half.trouble(name)
      if (trouble !== '') this.#failed.push(trouble)
      return false
    })
  }

  /** All is over once nobody says anything more. */
  end(): void {
    const { clock } = this
    for (const { client, server } of this.#streams) {
      client.say(STREAM)
      server.say(STREAM)
    }
    clock.advance(60_000)
    for (const user of this.#users) if (!user.over) release(user.connection)
    this.#endEchoes()
    clock.advance(AFTERWARDS)
    this.#review()
  }

  /** Whatever is not as it should be, once it has ended; empty when nobody was harmed. */
  troubles(): string[] {
    const { target, healthy, limits, most } = this
    const troubles = this.#exceptions.map(error => String((error as Error)?.stack ?? error))
    for (const [name, limit] of Object.entries(limits)) {
      const size = most[name as keyof typeof limits]
      if (size > limit) troubles.push(`${name}: ${size} at most, beyond ${limit}`)
    }
    for (const { name, client, server } of this.#streams)
      troubles.push(client.trouble(`${name}, client`), server.trouble(`${name}, server`))
    troubles.push(...this.#failed, ...this.#visiting.map(({ name, half }) => half.trouble(name)))
    for (const [name, host] of Object.entries({ target, 'decent host': healthy }))
      for (const c of host.connections)
        troubles.push(
          `left at the ${name}: ${'state' in c ? c.state : 'TIME_WAIT'}, port ${c.localPort} to port ${c.remotePort}`,
        )
    const left = {
      timers: target.timers,
      'bytes of fragments': target.fragmentBytes,
      'bytes of memory': target.memory.used,
      orphans: target.memory.orphans.size,
      'half-open connections': [...target.listeners].reduce((sum, l) => sum + l.synQueue.size, 0),
      'peers with a share': target.memory.peers.size,
    }
    for (const [name, size] of Object.entries(left)) if (size !== 0) troubles.push(`${size} ${name} are left`)
    return troubles.filter(trouble => trouble !== '')
  }
}
