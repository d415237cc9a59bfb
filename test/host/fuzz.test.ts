/**
 * A million packets that mean no good, some of them with numbers that only a peer could know, while a decent
 * connection goes about its business. Nothing may throw or hang, memory stays bounded, and the decent connection
 * does not lose a byte.
 */

import test from 'ava'
import { Host } from '../../src/host/host.ts'
import type { Link } from '../../src/ip/link.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import { Connection } from '../../src/tcp/block/connection.ts'
import type { ConnectionUser } from '../../src/tcp/block/connection-user.ts'
import type { ConnectionView } from '../../src/tcp/block/connection-view.ts'
import { abort, close, receive, release, send, sendRoom, setUser } from '../../src/tcp/calls.ts'
import { type Address, parseIpv4Address } from '../../src/wire/address.ts'
import { CHECKSUM_COMPLETE, PacketBatch } from '../../src/wire/batch.ts'
import { checksum, fold, sum16 } from '../../src/wire/checksum.ts'
import { DROP_REASONS } from '../../src/wire/drop.ts'
import { read32, write16, write32, writeIpv4 } from '../../src/wire/ipv4.ts'
import { pseudoHeaderSum } from '../../src/wire/pseudo-header.ts'
import { ACK, FIN, RST, SYN, writeTcp } from '../../src/wire/tcp.ts'

const PACKETS = 1_000_000
const BATCH = 50
const VICTIM = parseIpv4Address('192.0.2.2')
const FRIEND = parseIpv4Address('192.0.2.3')
const ATTACKERS = ['192.0.2.100', '192.0.2.101', '198.51.100.7'].map(parseIpv4Address)
const PORTS = 40
const TRANSFER = 4_000_000

/** Joins victim and friend; what is for others vanishes. */
class Hub implements Link {
  readonly name = 'hub'
  readonly mtu = 1500
  readonly offload = { checksum: false, segmentation: false }
  readonly #clock: VirtualClock
  readonly #members: Map<number, Hub>
  receive: ((batch: PacketBatch) => void) | null = null

  constructor(clock: VirtualClock, members: Map<number, Hub>, address: number) {
    this.#clock = clock
    this.#members = members
    members.set(address, this)
  }
  start(receive: (batch: PacketBatch) => void): void {
    this.receive = receive
  }
  transmit(batch: PacketBatch): void {
    for (let i = 0; i < batch.count; i++) {
      const packet = new Uint8Array(batch.packetLength(i))
      batch.copy(i, packet)
      const to = this.#members.get(read32(packet, 16))
      if (to === undefined) continue
      const one = new PacketBatch(1, false)
      one.push(packet, 0, packet.length, CHECKSUM_COMPLETE, 0)
      this.#clock.schedule(this.#clock.now() + 1, () => to.receive?.(one))
    }
  }
  close(): void {}
}

const pattern = (at: number, length: number): Buffer => {
  const bytes = Buffer.allocUnsafe(length)
  for (let i = 0; i < length; i++) bytes[i] = (at + i) % 251
  return bytes
}

/** Sends the pattern and checks what comes back. */
class Friend implements ConnectionUser {
  connection: ConnectionView | null = null
  sent = 0
  got = 0
  wrong = 0
  end: string | null | undefined

  readonly #clock: VirtualClock

  constructor(clock: VirtualClock) {
    this.#clock = clock
  }

  /** A little at a time, so that it lasts as long as the attack. */
  established(): void {
    const c = this.connection!
    if (sendRoom(c) >= 10_000) {
      send(c, pattern(this.sent, 10_000))
      this.sent += 10_000
    }
    if (this.sent === TRANSFER) close(c)
    else this.#clock.schedule(this.#clock.now() + 40, () => this.established())
  }
  writable(): void {}
  readable(): void {
    for (let d = receive(this.connection!); d !== null; d = receive(this.connection!)) {
      if (Buffer.compare(d, pattern(this.got, d.length)) !== 0) this.wrong++
      this.got += d.length
    }
  }
  closed(error: string | null): void {
    this.end = error
  }
}

/** Echoes, and now and then forgets to read, closes, lets go or resets. */
const moody = (host: Host, port: number, random: SeededRandom, decent: boolean): void => {
  const listener = host.listen(0, port, {
    acceptable() {
      for (let c = listener.accept(); c !== null; c = listener.accept()) {
        const connection = c
        const echo = () => {
          if (!decent && random.chance(0.1)) return
          while (sendRoom(connection) > 0 && connection.state !== 'CLOSED') {
            const d = receive(connection)
            if (d === null) break
            if (!connection.finQueued && connection.state !== 'TIME_WAIT') send(connection, d)
          }
          if (connection.finReceived && connection.receiveQueue.length === 0) close(connection)
          if (decent) return
          if (random.chance(0.02)) close(connection)
          if (random.chance(0.01)) release(connection)
          if (random.chance(0.01)) abort(connection)
        }
        setUser(connection, { established() {}, readable: echo, writable: echo, closed() {} })
        echo()
      }
    },
  })
}

class Attacker {
  readonly #random: SeededRandom
  readonly #host: Host

  constructor(host: Host, random: SeededRandom) {
    this.#host = host
    this.#random = random
  }

  packet(targets: readonly Connection[]): Uint8Array {
    const random = this.#random
    const kind = random.below(20)
    if (kind === 0) {
      const noise = new Uint8Array(random.below(120))
      random.fill(noise)
      if (noise.length > 0 && random.chance(0.5)) noise[0] = 0x45
      return noise
    }
    if (kind === 1) return this.#fragment()
    if (kind === 2 && targets.length > 0) return this.#icmp(targets[random.below(targets.length)]!)
    const packet = this.#segment(targets)
    // Bits flip after the checksums were made, and packets are cut short.
    if (random.chance(0.2))
      for (let n = random.below(4); n >= 0; n--) packet[random.below(packet.length)]! ^= 1 << random.below(8)
    return random.chance(0.03) ? packet.subarray(0, random.below(packet.length)) : packet
  }

  #near(value: number): number {
    const random = this.#random
    switch (random.below(6)) {
      case 0:
      case 1:
      case 2:
        return value
      case 3:
        return (value + random.below(2000) - 1000) | 0
      case 4:
        return (value + (random.chance(0.5) ? 0x7fffffff : 65_535)) | 0
      default:
        return random.uint32() | 0
    }
  }

  #segment(targets: readonly Connection[]): Uint8Array {
    const random = this.#random
    const target = targets.length > 0 && random.chance(0.8) ? targets[random.below(targets.length)]! : null
    const options = new Uint8Array(random.chance(0.4) ? 4 * random.below(11) : 0)
    random.fill(options)
    if (options.length >= 4 && random.chance(0.5)) options.set([2, 4, random.below(256), random.below(256)])
    if (options.length >= 12 && random.chance(0.3)) options.set([8, 10], 2)
    const text = random.chance(0.5) ? random.below(300) : 0
    const packet = new Uint8Array(40 + options.length + text)
    random.fill(packet)
    packet.set(options, 40)
    const source = (target?.remoteAddress as number | undefined) ?? ATTACKERS[random.below(ATTACKERS.length)]!
    const port = target?.remotePort ?? 1000 + random.below(PORTS)
    const local = target?.localPort ?? [80, 81, 82, 9999, 5][random.below(5)]!
    const usual = [SYN, SYN | ACK, ACK, ACK, ACK, ACK | FIN, ACK, RST | ACK, ACK | 8, ACK | 32][
      random.below(10)
    ]!
    const flags =
      target === null ? (random.chance(0.7) ? SYN : usual) : random.chance(0.9) ? usual : random.below(256)
    writeIpv4(packet, 0, packet.length, 6, source, VICTIM, 64, random.below(256), random.below(65_536))
    writeTcp(
      packet,
      20,
      port,
      local,
      this.#near(target === null ? 0 : target.rcv.nxt),
      this.#near(target === null ? 0 : random.chance(0.5) ? target.snd.nxt : target.snd.una),
      20 + options.length,
      flags,
      random.chance(0.2) ? 0 : random.below(65_536),
      random.below(65_536),
    )
    const pseudo = pseudoHeaderSum(source, VICTIM, 6, packet.length - 20)
    write16(packet, 36, ~fold(pseudo + sum16(packet, 20, packet.length - 20)))
    return packet
  }

  #fragment(): Uint8Array {
    const random = this.#random
    const packet = new Uint8Array(20 + random.below(200))
    random.fill(packet)
    const source = ATTACKERS[random.below(ATTACKERS.length)]!
    const flags = (random.chance(0.7) ? 0x2000 : 0) | random.below(random.chance(0.5) ? 30 : 8192)
    writeIpv4(packet, 0, packet.length, 6, source, VICTIM, 64, 0, random.below(50), flags)
    return packet
  }

  #icmp(target: Connection): Uint8Array {
    const random = this.#random
    const packet = new Uint8Array(28 + 28)
    writeIpv4(packet, 0, packet.length, 1, ATTACKERS[0]!, VICTIM, 64, 0, 1)
    packet[20] = [3, 3, 3, 11, 12, 4, 8, 5][random.below(8)]!
    packet[21] = random.below(16)
    write32(packet, 24, random.uint32())
    writeIpv4(packet, 28, 40, 6, target.localAddress as number, target.remoteAddress as number, 64, 0, 1)
    write16(packet, 48, target.localPort)
    write16(packet, 50, target.remotePort)
    write32(packet, 52, this.#near(target.snd.una))
    write16(packet, 22, checksum(packet, 20, 36))
    return packet
  }

  /** Those of its connections that it would know the numbers of. */
  targets(): Connection[] {
    const found: Connection[] = []
    for (const c of this.#host.connections)
      if (c instanceof Connection && (ATTACKERS as Address[]).includes(c.remoteAddress)) found.push(c)
    return found
  }
}

test('a million hostile packets: no exception, no hang, bounded memory, and a decent connection unharmed', t => {
  const clock = new VirtualClock()
  const random = new SeededRandom(20260)
  const hubs = new Map<number, Hub>()
  const hub = new Hub(clock, hubs, VICTIM)
  const troubles: unknown[] = []
  const tcp = {
    keepAlive: true,
    keepAliveIdle: 60_000,
    keepAliveInterval: 10_000,
    receiveBuffer: 50_000,
    sendBuffer: 50_000,
  }
  const victim = new Host({ clock, random, tcp, report: error => troubles.push(error) })
  victim.attach(hub, ['192.0.2.2/24'])
  const friendHost = new Host({ clock, random })
  friendHost.attach(new Hub(clock, hubs, FRIEND), ['192.0.2.3/24'])
  for (const port of [80, 81, 82]) moody(victim, port, random, false)
  moody(victim, 9999, random, true)
  const friend = new Friend(clock)
  friend.connection = friendHost.connect(VICTIM, 9999, friend)

  const attacker = new Attacker(victim, random)
  const batch = new PacketBatch(BATCH, false)
  let most = 0
  for (let sent = 0; sent < PACKETS; sent += BATCH) {
    const targets = attacker.targets()
    for (let n = 0; n < BATCH; n++) {
      const packet = attacker.packet(targets)
      batch.push(packet, 0, packet.length, CHECKSUM_COMPLETE, 0)
    }
    hub.receive!(batch)
    batch.clear()
    clock.advance(1)
    most = Math.max(most, victim.connections.size)
    if (sent % 50_000 === 0) {
      // Three timers a connection and one for fragments at most; queues within their buffers.
      t.true(victim.timers <= 3 * victim.connections.size + 1)
      for (const c of attacker.targets()) {
        t.true(c.receiveQueue.length + c.receiveQueue.bytesAbove <= 2 * 50_000)
        t.true(c.sendQueue.length <= 2 * 50_000)
      }
    }
  }
  t.deepEqual(troubles, [])
  t.true(most <= ATTACKERS.length * PORTS * 5 + 1, String(most))
  clock.advance(7_200_000)
  t.is(friend.got, TRANSFER)
  t.is(friend.wrong, 0)
  t.is(friend.end, null)
  t.is(victim.connections.size, 0)
  t.is(victim.timers, 0)
  const dropped = Object.entries(victim.drops).filter(([, count]) => count > 0)
  t.true(dropped.every(([reason]) => (DROP_REASONS as readonly string[]).includes(reason)))
  t.true(dropped.length > 25, dropped.map(([reason, count]) => `${reason} ${count}`).join(', '))
  t.log(dropped.map(([reason, count]) => `${reason} ${count}`).join(', '))
})
