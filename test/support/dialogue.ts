/**
 * A conversation with one host, packet by packet, in virtual time. Segments are written as segment-notation.ts has it:
 *
 *   d.receives('S 0:0(0) win 65535 <mss 1460,nop,wscale 7>')   // what the peer sends us
 *   d.sends('S. 0:0(0) ack 1')                                 // what we must send next
 *   d.silent()                                                 // and nothing else
 *
 * `ack`, `win`, `urg` and the options are compared in what we send only when given. Whatever the host sends is checked for
 * valid checksums and lengths whether or not it is compared.
 */

import { Host, type HostOptions } from '../../src/host/host.ts'
import type { Listener } from '../../src/host/listener.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import { blockOf } from '../../src/tcp/block/connection-view.ts'
import type { TraceEvent } from '../../src/tcp/block/events.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { formatAddress } from '../../src/wire/address.ts'
import { CHECKSUM_COMPLETE, PacketBatch } from '../../src/wire/batch.ts'
import { write32, writeIpv4 } from '../../src/wire/ipv4.ts'
import { ACK, formatFlags, RST, SYN, writeTcp } from '../../src/wire/tcp.ts'
import { fixTcpChecksum, icmp, OURS, PEER, sealed } from './packets.ts'
import { adopt, RecordingUser } from './recording-user.ts'
import { encodeOptions, formatOptions, parseSegment } from './segment-notation.ts'
import { type Sent, WireLink } from './sent.ts'

/** Options that add noise to most dialogues; tests that want them say so. */
const PLAIN = {
  timestamps: false,
  sack: false,
  ecn: 'off',
  congestionControl: 'reno',
  mtuProbing: 'off',
  // Fields that it is not about have round numbers, and ACKs leave at once.
  wholeSegments: false,
  delaysAckOfFin: false,
} as const

export interface DialogueOptions {
  readonly tcp?: Partial<TcpOptions>
  readonly mtu?: number
  readonly seed?: number
  /** The peer's ISN. */
  readonly peerIss?: number
  readonly host?: Partial<HostOptions>
  readonly addresses?: readonly string[]
}

export class Dialogue {
  readonly clock = new VirtualClock()
  readonly host: Host
  readonly link: WireLink
  readonly events: TraceEvent[] = []
  /** The peer's ISN, and ours once a SYN of ours was seen, by `remotePort>localPort`. */
  readonly peerIss: number
  readonly ourIss = new Map<string, number>()
  remotePort = 40_000
  localPort = 80
  /** Users of connections that were accepted, in order. */
  readonly accepted: RecordingUser[] = []
  readonly #batch = new PacketBatch(64, false)
  #seen = 0

  constructor(options: DialogueOptions = {}) {
    this.link = new WireLink(this.clock)
    this.link.mtu = options.mtu ?? 1500
    this.peerIss = options.peerIss ?? 1000
    this.host = new Host({
      clock: this.clock,
      random: new SeededRandom(options.seed ?? 1),
      tcp: { ...PLAIN, ...options.tcp },
      trace: event => {
        // Packets and segments are reused memory.
        if (event.type !== 'packet' && event.type !== 'segment-in') this.events.push({ ...event })
      },
      ...options.host,
    })
    this.host.attach(this.link, options.addresses ?? [`${formatAddress(OURS)}/24`])
  }

  /** All segments sent so far that {@link sends} has not looked at. */
  get unseen(): Sent[] {
    return this.link.sent.slice(this.#seen)
  }

  /** Takes the next packet that we have sent, without looking. */
  next(): Sent {
    this.clock.settle()
    const sent = this.link.sent[this.#seen]
    if (sent === undefined) throw new Error('nothing was sent')
    this.#seen++
    if (sent.flags & SYN) this.ourIss.set(`${sent.destinationPort}>${sent.sourcePort}`, sent.seq)
    return sent
  }

  /** The next packet that we have sent must be this one. */
  sends(line: string): Sent {
    this.clock.settle()
    if (this.#seen >= this.link.sent.length) throw new Error(`expected '${line}', but nothing was sent`)
    const sent = this.next()
    const want = parseSegment(line, this.remotePort, this.localPort)
    const actual = this.describe(sent)
    const key = `${sent.destinationPort}>${sent.sourcePort}`
    const iss = this.ourIss.get(key) ?? 0
    const raw = (want.flags & RST) !== 0 && !this.ourIss.has(key)
    const same =
      sent.protocol === 6 &&
      sent.destinationPort === want.remotePort &&
      sent.sourcePort === want.localPort &&
      (want.ecn === null || (sent.trafficClass & 3) === want.ecn) &&
      sent.flags === want.flags &&
      sent.text.length === want.length &&
      ((sent.seq - (raw ? 0 : iss)) | 0) === want.seq &&
      (want.ack === null || ((sent.ack - this.peerIss) | 0) === want.ack) &&
      (want.win === null || sent.window === want.win) &&
      (want.urg === null || sent.urgent === want.urg) &&
      (want.options === null || formatOptions(sent.options, this.peerIss) === want.options)
    if (!same) throw new Error(`expected '${line}'\n  but sent '${actual}' at ${sent.time} ms`)
    return sent
  }

  /** A packet of ours in the syntax of {@link sends}. */
  describe(sent: Sent): string {
    if (sent.protocol !== 6) return `protocol ${sent.protocol}`
    const key = `${sent.destinationPort}>${sent.sourcePort}`
    const seq = (sent.seq - (this.ourIss.get(key) ?? 0)) | 0
    const options = sent.options.length > 0 ? ` <${formatOptions(sent.options, this.peerIss)}>` : ''
    return (
      `${key} ${formatFlags(sent.flags)} ${seq}:${seq + sent.text.length}(${sent.text.length})` +
      `${sent.flags & ACK ? ` ack ${(sent.ack - this.peerIss) | 0}` : ''} win ${sent.window}` +
      `${sent.urgent ? ` urg ${sent.urgent}` : ''}${options}`
    )
  }

  /** We have sent nothing that was not looked at. */
  silent(): void {
    this.clock.settle()
    const rest = this.unseen
    if (rest.length > 0)
      throw new Error(`expected silence, but sent:\n  ${rest.map(s => this.describe(s)).join('\n  ')}`)
  }

  /** Forgets what was sent so far. */
  skip(): Sent[] {
    this.clock.settle()
    const rest = this.unseen
    for (const _ of rest) this.next()
    return rest
  }

  /** The bytes of a segment from the peer. `text` overrides the generated one (letters a, b, c …). */
  build(line: string, text?: string): Uint8Array {
    const s = parseSegment(line, this.remotePort, this.localPort)
    const ourIss = this.ourIss.get(`${s.remotePort}>${s.localPort}`) ?? 0
    const options = encodeOptions(s.options ?? '', ourIss)
    const headerLength = 20 + options.length
    const packet = new Uint8Array(20 + headerLength + s.length)
    writeIpv4(packet, 0, packet.length, 6, PEER, OURS, 64, s.ecn ?? 0, 1)
    writeTcp(
      packet,
      20,
      s.remotePort,
      s.localPort,
      (s.seq + this.peerIss) | 0,
      s.ack === null ? 0 : (s.ack + ourIss) | 0,
      headerLength,
      s.flags,
      s.win ?? 65_535,
      s.urg ?? 0,
    )
    packet.set(options, 40)
    for (let i = 0; i < s.length; i++)
      packet[20 + headerLength + i] =
        text === undefined ? 97 + ((((s.seq - 1 + i) % 26) + 26) % 26) : text.charCodeAt(i)
    fixTcpChecksum(packet)
    return packet
  }

  /** A segment from the peer arrives, or several in one batch. */
  receives(...lines: string[]): void {
    this.inject(...lines.map(line => this.build(line)))
  }

  /** Raw packets arrive in one batch. */
  inject(...packets: Uint8Array[]): void {
    this.clock.settle()
    for (const packet of packets) {
      if (this.#batch.full) this.#deliver()
      // As from a device: in Node.js's own buffers, whose slice() is a view.
      this.#batch.push(Buffer.from(packet), 0, packet.length, CHECKSUM_COMPLETE, 0)
    }
    this.#deliver()
  }

  #deliver(): void {
    const batch = this.#batch
    this.link.receive?.(batch)
    // A packet that was not taken is written anew: whoever needs it has to have copied it.
    for (let i = 0; i < batch.count; i++) if (batch.taken[i] === 0) batch.buffers[i]!.fill(0xee)
    batch.clear()
    this.clock.settle()
  }

  /** Lets so much time pass (ms). */
  after(ms: number): void {
    this.clock.advance(ms)
  }

  /** Listens; connections are accepted at once, by users on {@link accepted}. */
  listen(port = this.localPort, options: Partial<TcpOptions> = {}, accept = true): Listener {
    const listener: Listener = this.host.listen(
      0,
      port,
      {
        acceptable: () => {
          while (accept) {
            const c = listener.accept()
            if (c === null) break
            this.accepted.push(adopt(c))
          }
        },
      },
      { options },
    )
    return listener
  }

  /** Opens actively towards the peer, from our {@link localPort} to its {@link remotePort}. */
  connect(options: Partial<TcpOptions> = {}, data?: Uint8Array): RecordingUser {
    const user = new RecordingUser()
    user.connection = blockOf(
      this.host.connect(PEER, this.remotePort, user, {
        localPort: this.localPort,
        options,
        ...(data === undefined ? {} : { data }),
      }),
    )
    this.clock.settle()
    return user
  }

  /** A connection to our listener, handshake done: peer's window 65535, MSS 1460 unless `syn` says otherwise. */
  established(
    tcp: Partial<TcpOptions> = {},
    syn = 'S 0:0(0) win 65535 <mss 1460>',
    ack = '. 1:1(0) ack 1 win 65535',
  ): RecordingUser {
    this.listen(this.localPort, tcp)
    this.receives(syn)
    this.next()
    this.receives(ack)
    this.silent()
    return this.accepted.at(-1)!
  }

  /** A router says that a packet of ours was too big for its next hop. */
  tooBig(sent: Sent, mtu: number): void {
    const packet = icmp(3, 4, sent.raw.subarray(0, 28))
    write32(packet, 24, mtu)
    this.inject(sealed(packet))
  }

  /** An active OPEN that is crossed by the peer's: SYN-RECEIVED with a user. */
  crossed(): RecordingUser {
    const user = this.connect()
    this.sends('S 0:0(0)')
    this.receives('S 0:0(0) win 65535 <mss 1460>')
    this.sends('S. 0:0(0) ack 1')
    return user
  }

  /** Transitions so far, as `A → B`, of connections (not of listeners). */
  get transitions(): string[] {
    return this.events.flatMap(e =>
      e.type === 'transition' && e.connection.remotePort !== 0 ? [`${e.from} → ${e.to}`] : [],
    )
  }

  /** Nothing is left: no connection, no timer. Time-waits and all else must have run out. */
  get empty(): boolean {
    return this.host.connections.size === 0 && this.host.timers === 0
  }
}

export const dialogue = (options: DialogueOptions = {}): Dialogue => new Dialogue(options)
