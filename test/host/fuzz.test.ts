/**
 * Packets that mean no good, a million of them where sweeps are whole, of both families, some of them with numbers that only a peer could know, while a
 * decent connection of each family goes about its business. Nothing may throw or hang, memory stays bounded, and the decent
 * connections do not lose a byte.
 */

import test from 'ava'
import { Host } from '../../src/host/host.ts'
import type { Link } from '../../src/ip/link.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import type { ConnectionUser } from '../../src/tcp/block/connection-user.ts'
import type { ConnectionView } from '../../src/tcp/block/connection-view.ts'
import { abort, close, receive, release, send, sendRoom, setUser } from '../../src/tcp/calls.ts'
import { type Address, parseAddress, parsePrefix } from '../../src/wire/address.ts'
import { CHECKSUM_COMPLETE, PacketBatch } from '../../src/wire/batch.ts'
import { read32 } from '../../src/wire/bytes.ts'
import { DROP_REASONS } from '../../src/wire/drop.ts'
import { readIpv6Address } from '../../src/wire/ipv6-address.ts'
import { ATTACKERS, ATTACKERS_PORTS, Attacker } from '../support/attacker.ts'
import { sweep } from '../support/sweep.ts'

const PACKETS = sweep(1_000_000, 200_000)
const BATCH = 50
const VICTIM = { 4: parseAddress('192.0.2.2'), 6: parseAddress('2001:db8::2') }
const VICTIM_PREFIXES = ['192.0.2.2/24', '2001:db8::2/64']
const FRIEND_PREFIXES = ['192.0.2.3/24', '2001:db8::3/64']
const ANY = parseAddress('::')
const MOODY_PORTS = [80, 81, 82]
const DECENT_PORT = 9999
const CLOSED_PORT = 5
const TRANSFER = 4_000_000

/** Joins victim and friend; what is for others vanishes. */
class Hub implements Link {
  readonly name = 'hub'
  readonly mtu = 1500
  readonly offload = { checksum: false, segmentation: false }
  readonly #clock: VirtualClock
  readonly #members: Map<Address, Hub>
  receive: ((batch: PacketBatch) => void) | null = null

  constructor(clock: VirtualClock, members: Map<Address, Hub>, prefixes: readonly string[]) {
    this.#clock = clock
    this.#members = members
    for (const prefix of prefixes) members.set(parsePrefix(prefix).address, this)
  }
  start(receive: (batch: PacketBatch) => void): void {
    this.receive = receive
  }
  transmit(batch: PacketBatch): void {
    for (let i = 0; i < batch.count; i++) {
      const packet = new Uint8Array(batch.packetLength(i))
      batch.copy(i, packet)
      const to = this.#members.get(packet[0]! >>> 4 === 6 ? readIpv6Address(packet, 24) : read32(packet, 16))
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
  const listener = host.listen(ANY, port, {
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

test(`${PACKETS} hostile packets of both families: no exception, no hang, bounded memory, and decent connections unharmed`, t => {
  const clock = new VirtualClock()
  const random = new SeededRandom(20260)
  const hubs = new Map<Address, Hub>()
  const hub = new Hub(clock, hubs, VICTIM_PREFIXES)
  const troubles: unknown[] = []
  const tcp = {
    keepAlive: true,
    keepAliveIdle: 60_000,
    keepAliveInterval: 10_000,
    receiveBuffer: 50_000,
    sendBuffer: 50_000,
  }
  const victim = new Host({ clock, random, tcp, report: error => troubles.push(error) })
  victim.attach(hub, VICTIM_PREFIXES)
  const friendHost = new Host({ clock, random })
  friendHost.attach(new Hub(clock, hubs, FRIEND_PREFIXES), FRIEND_PREFIXES)
  for (const port of MOODY_PORTS) moody(victim, port, random, false)
  moody(victim, DECENT_PORT, random, true)
  const friends = [VICTIM[4], VICTIM[6]].map(address => {
    const friend = new Friend(clock)
    friend.connection = friendHost.connect(address, DECENT_PORT, friend)
    return friend
  })

  const attacker = new Attacker(victim, VICTIM, [...MOODY_PORTS, DECENT_PORT, CLOSED_PORT], random)
  const sentOf = { 4: 0, 6: 0 }
  const batch = new PacketBatch(BATCH, false)
  let most = 0
  for (let sent = 0; sent < PACKETS; sent += BATCH) {
    const targets = attacker.targets()
    for (let n = 0; n < BATCH; n++) {
      const packet = attacker.packet(targets)
      if (packet.length > 0) sentOf[packet[0]! >>> 4 === 6 ? 6 : 4]++
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
  const sources = ATTACKERS[4].length + ATTACKERS[6].length
  t.true(most <= sources * ATTACKERS_PORTS * 5 + friends.length, String(most))
  t.true(Math.min(sentOf[4], sentOf[6]) > 0.4 * PACKETS, `${sentOf[4]} packets of IPv4, ${sentOf[6]} of IPv6`)
  clock.advance(7_200_000)
  for (const { got, wrong, end } of friends) t.deepEqual([got, wrong, end], [TRANSFER, 0, null])
  t.is(victim.connections.size, 0)
  t.is(victim.timers, 0)
  const dropped = Object.entries(victim.drops).filter(([, count]) => count > 0)
  t.true(dropped.every(([reason]) => (DROP_REASONS as readonly string[]).includes(reason)))
  t.true(dropped.length > 25, dropped.map(([reason, count]) => `${reason} ${count}`).join(', '))
  t.log(`${sentOf[4]} packets of IPv4, ${sentOf[6]} of IPv6, at most ${most} connections`)
  t.log(dropped.map(([reason, count]) => `${reason} ${count}`).join(', '))
})
