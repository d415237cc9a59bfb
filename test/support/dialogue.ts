/**
 * A conversation with one host, packet by packet, in virtual time. Segments are written as packetdrill writes
 * them, with sequence numbers relative to each side's ISN:
 *
 *   d.receives('S 0:0(0) win 65535 <mss 1460,nop,wscale 7>')   // what the peer sends us
 *   d.sends('S. 0:0(0) ack 1')                                 // what we must send next
 *   d.silent()                                                 // and nothing else
 *
 * Flags: S F R P U E W A and . for ACK; '-' for none; a digit at the end is the ACE field, in place of E W A.
 * `seq:end(length)`; `ack N`, `win N` (the raw field), `urg N`
 * and `<options>` are compared in what we send only when given. A prefix such as `40001>81` names other ports.
 * A prefix [noecn], [ect0], [ect1] or [ce] says what the ECN field of the packet is, before that of the ports.
 * Options: mss N, wscale N, sackOK, uto N, ECN e1b N ceb N e0b N (in either order, the last may be missing),
 * FO [hex], sack L:R L:R, TS val N ecr N, nop, eol, raw 0xHEX. Whatever the host sends is checked for
 * valid checksums and lengths whether or not it is compared.
 */

import { Host, type HostOptions } from '../../src/host/host.ts'
import type { Listener } from '../../src/host/listener.ts'
import type { Link } from '../../src/ip/link.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import type { Connection } from '../../src/tcp/block/connection.ts'
import type { ConnectionUser } from '../../src/tcp/block/connection-user.ts'
import { blockOf, type ConnectionView } from '../../src/tcp/block/connection-view.ts'
import type { TraceEvent } from '../../src/tcp/block/events.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { receive, setUser } from '../../src/tcp/calls.ts'
import { AE, aceFlags } from '../../src/wire/accurate-ecn.ts'
import { formatAddress, parseIpv4Address } from '../../src/wire/address.ts'
import { CHECKSUM_COMPLETE, PacketBatch } from '../../src/wire/batch.ts'
import { checksum, fold, sum16 } from '../../src/wire/checksum.ts'
import { read16, read32, write16, write32, writeIpv4 } from '../../src/wire/ipv4.ts'
import { pseudoHeaderSum } from '../../src/wire/pseudo-header.ts'
import {
  ACK,
  CWR,
  ECE,
  FIN,
  formatFlags,
  PSH,
  RST,
  SYN,
  tcpFlags,
  URG,
  writeTcp,
} from '../../src/wire/tcp.ts'

export const PEER = parseIpv4Address('192.0.2.1')
export const OURS = parseIpv4Address('192.0.2.2')
const FLAG_BITS: Record<string, number> = {
  S: SYN,
  F: FIN,
  R: RST,
  P: PSH,
  U: URG,
  E: ECE,
  W: CWR,
  A: AE,
  '.': ACK,
  '-': 0,
}

/** Options that add noise to most dialogues; tests that want them say so. */
const PLAIN = {
  timestamps: false,
  sack: false,
  ecn: 'off',
  congestionControl: 'reno',
  mtuProbing: 'off',
  // What is not about them has round numbers, and ACKs at once.
  wholeSegments: false,
  delaysAckOfFin: false,
} as const

export interface Sent {
  readonly time: number
  readonly raw: Uint8Array
  readonly source: number
  readonly destination: number
  readonly protocol: number
  readonly ttl: number
  readonly trafficClass: number
  /** Of the IPv4 header; only source routes are expected. */
  readonly ipOptions: Uint8Array
  /** The IPv4 payload. */
  readonly payload: Uint8Array
  /** TCP only. */
  readonly sourcePort: number
  readonly destinationPort: number
  readonly seq: number
  readonly ack: number
  readonly flags: number
  readonly window: number
  readonly urgent: number
  readonly options: Uint8Array
  readonly text: Uint8Array
}

/** What a user of a connection has heard, in order. */
export class RecordingUser implements ConnectionUser {
  connection: Connection | null = null
  readonly log: string[] = []
  /** Text read so far. */
  text = ''
  /** Whether it reads what comes; else the receive queue fills. */
  reading = true

  established(): void {
    this.log.push('established')
  }
  readable(): void {
    if (this.reading) this.read()
  }
  /** Reads up to so many chunks. */
  read(chunks = Number.POSITIVE_INFINITY): string {
    const c = this.connection
    let text = ''
    for (let n = 0; c !== null && n < chunks; n++) {
      const chunk = receive(c)
      if (chunk === null) break
      text += Buffer.from(chunk).toString('latin1')
    }
    this.text += text
    if (text !== '') this.log.push(text.length <= 40 ? `data ${text}` : `data (${text.length})`)
    if (c?.finReceived && c.receiveQueue.length === 0 && !this.log.includes('end')) this.log.push('end')
    return text
  }
  writable(): void {}
  closed(error: string | null): void {
    this.log.push(`closed ${error ?? 'in order'}`)
  }
  peerUserTimeout(ms: number): void {
    this.log.push(`peer's user timeout ${ms}`)
  }
  urgent(): void {
    this.log.push('urgent')
  }
  softError(code: string, text: string): void {
    this.log.push(`soft ${code}: ${text}`)
  }
}

/** The link under test: what the host sends piles up here. */
class WireLink implements Link {
  readonly name = 'wire'
  mtu = 1500
  readonly offload = { checksum: false, segmentation: false }
  readonly sent: Sent[] = []
  receive: ((batch: PacketBatch) => void) | null = null
  readonly #clock: VirtualClock

  constructor(clock: VirtualClock) {
    this.#clock = clock
  }
  start(receive: (batch: PacketBatch) => void): void {
    this.receive = receive
  }
  transmit(batch: PacketBatch): void {
    for (let i = 0; i < batch.count; i++) {
      const raw = new Uint8Array(batch.packetLength(i))
      batch.copy(i, raw)
      this.sent.push(dissect(raw, this.#clock.now()))
    }
  }
  close(): void {
    this.receive = null
  }
}

/** Takes a packet of ours apart; throws when anything in it is wrong. */
const dissect = (raw: Uint8Array, time: number): Sent => {
  const must = (condition: boolean, what: string) => {
    if (!condition) throw new Error(`we sent a bad packet (${what}): ${Buffer.from(raw).toString('hex')}`)
  }
  const ipLength = (raw[0]! & 15) * 4
  must(raw.length >= ipLength && ipLength >= 20 && raw[0]! >>> 4 === 4, 'IPv4 header')
  must(read16(raw, 2) === raw.length, 'total length')
  must(checksum(raw, 0, ipLength) === 0, 'IPv4 checksum')
  const source = read32(raw, 12)
  const destination = read32(raw, 16)
  const protocol = raw[9]!
  const payload = raw.subarray(ipLength)
  const ipOptions = raw.subarray(20, ipLength)
  const common = {
    time,
    raw,
    source,
    destination,
    protocol,
    ipOptions,
    ttl: raw[8]!,
    trafficClass: raw[1]!,
    payload,
  }
  if (protocol !== 6) {
    const fragment = (read16(raw, 6) & 0x3fff) !== 0
    must(protocol === 1 && (fragment || checksum(payload, 0, payload.length) === 0), 'ICMP checksum')
    return {
      ...common,
      sourcePort: 0,
      destinationPort: 0,
      seq: 0,
      ack: 0,
      flags: 0,
      window: 0,
      urgent: 0,
      options: new Uint8Array(0),
      text: new Uint8Array(0),
    }
  }
  const headerLength = (payload[12]! >>> 4) * 4
  must(headerLength >= 20 && headerLength <= payload.length, 'data offset')
  // With a source route, the last address of it (RFC 1122 §4.2.3.8).
  const last = ipOptions.length > 0 ? read32(ipOptions, ipOptions[1]! - 4) : destination
  const pseudo = pseudoHeaderSum(source, last, 6, payload.length)
  must(fold(pseudo + sum16(payload, 0, payload.length)) === 0xffff, 'TCP checksum')
  must((payload[12]! & 14) === 0, 'reserved bits')
  return {
    ...common,
    sourcePort: read16(payload, 0),
    destinationPort: read16(payload, 2),
    seq: read32(payload, 4),
    ack: read32(payload, 8),
    flags: tcpFlags(payload, 0),
    window: read16(payload, 14),
    urgent: read16(payload, 18),
    options: payload.subarray(20, headerLength),
    text: payload.subarray(headerLength),
  }
}

/** Codepoints of the IPv4 header’s ECN field. */
const CODEPOINTS: Record<string, number> = { noecn: 0, ect1: 1, ect0: 2, ce: 3 }

interface Written {
  ecn: number | null
  remotePort: number
  localPort: number
  flags: number
  seq: number
  length: number
  ack: number | null
  win: number | null
  urg: number | null
  options: string | null
}

const SYNTAX =
  /^(?:\[(noecn|ect0|ect1|ce)\] )?(?:(\d+)>(\d+) )?([SFRPUEWA]*\.?[0-7]?|-) (-?\d+):(-?\d+)\((\d+)\)(?: ack (-?\d+))?(?: win (\d+))?(?: urg (\d+))?(?: <(.*)>)?$/

const parse = (line: string, first: number, second: number): Written => {
  const m = SYNTAX.exec(line)
  if (m === null || m[4] === '') throw new Error(`not a segment: '${line}'`)
  const length = Number(m[7])
  if (Number(m[6]) - Number(m[5]) !== length) throw new Error(`the length is not end - seq: '${line}'`)
  const number = (text: string | undefined) => (text === undefined ? null : Number(text))
  return {
    ecn: m[1] === undefined ? null : CODEPOINTS[m[1]]!,
    remotePort: number(m[2]) ?? first,
    localPort: number(m[3]) ?? second,
    flags: [...m[4]!].reduce((flags, letter) => flags | (FLAG_BITS[letter] ?? aceFlags(Number(letter))), 0),
    seq: Number(m[5]),
    length,
    ack: number(m[8]),
    win: number(m[9]),
    urg: number(m[10]),
    options: m[11] ?? null,
  }
}

const encodeOptions = (text: string, ackBase = 0): Uint8Array => {
  const bytes: number[] = []
  const word = (n: number) => [(n >>> 24) & 255, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]
  for (const item of text.split(',').filter(Boolean)) {
    const [kind, ...args] = item.trim().split(' ')
    switch (kind) {
      case 'nop':
        bytes.push(1)
        break
      case 'eol':
        bytes.push(0)
        break
      case 'mss':
        bytes.push(2, 4, Number(args[0]) >>> 8, Number(args[0]) & 255)
        break
      case 'wscale':
        bytes.push(3, 3, Number(args[0]))
        break
      case 'sackOK':
        bytes.push(4, 2)
        break
      case 'ECN':
        bytes.push(args[0] === 'e1b' ? 174 : 172, 2 + 3 * (args.length / 2))
        for (let n = 1; n < args.length; n += 2) bytes.push(...word(Number(args[n])).slice(1))
        break
      case 'FO':
        bytes.push(34, 2 + (args[0] ?? '').length / 2, ...Buffer.from(args[0] ?? '', 'hex'))
        break
      case 'uto':
        bytes.push(28, 4, Number(args[0]) >>> 8, Number(args[0]) & 255)
        break
      case 'TS':
        bytes.push(8, 10, ...word(Number(args[1]) | 0), ...word(Number(args[3]) | 0))
        break
      case 'sack':
        bytes.push(5, 2 + 8 * args.length)
        for (const block of args)
          for (const edge of block.split(':')) bytes.push(...word((Number(edge) + ackBase) | 0))
        break
      case 'raw':
        bytes.push(...Buffer.from(args[0]!.slice(2), 'hex'))
        break
      default:
        throw new Error(`unknown option '${item}'`)
    }
  }
  while (bytes.length % 4 !== 0) bytes.push(0)
  return Uint8Array.from(bytes)
}

/**
 * Options as {@link encodeOptions} reads them, for comparison and for messages. Edges of SACK blocks are relative to
 * `peerIss`.
 */
export const formatOptions = (b: Uint8Array, peerIss = 0): string => {
  const items: string[] = []
  for (let i = 0; i < b.length; ) {
    const kind = b[i]!
    if (kind === 0) {
      items.push('eol')
      break
    }
    if (kind === 1) {
      items.push('nop')
      i++
      continue
    }
    const size = b[i + 1]!
    if (kind === 2) items.push(`mss ${read16(b, i + 2)}`)
    else if (kind === 3) items.push(`wscale ${b[i + 2]}`)
    else if (kind === 4) items.push('sackOK')
    else if (kind === 172 || kind === 174) {
      const names = kind === 174 ? ['e1b', 'ceb', 'e0b'] : ['e0b', 'ceb', 'e1b']
      const fields = names
        .slice(0, (size - 2) / 3)
        .map((name, n) => ` ${name} ${(b[i + 2 + 3 * n]! << 16) | read16(b, i + 3 + 3 * n)}`)
      items.push(`ECN${fields.join('')}`)
    } else if (kind === 34)
      items.push(size === 2 ? 'FO' : `FO ${Buffer.from(b.subarray(i + 2, i + size)).toString('hex')}`)
    else if (kind === 28) items.push(`uto 0x${read16(b, i + 2).toString(16)}`)
    else if (kind === 5) {
      const blocks = []
      for (let n = i + 2; n < i + size; n += 8)
        blocks.push(`${(read32(b, n) - peerIss) | 0}:${(read32(b, n + 4) - peerIss) | 0}`)
      items.push(`sack ${blocks.join(' ')}`)
    } else if (kind === 8) items.push(`TS val ${read32(b, i + 2) >>> 0} ecr ${read32(b, i + 6) >>> 0}`)
    else items.push(`kind ${kind}`)
    i += size
  }
  return items.join(',')
}

/** The timestamps option of a segment we sent, or null. */
export const timestampsOf = (sent: Sent): { val: number; ecr: number } | null => {
  const m = /TS val (\d+) ecr (\d+)/.exec(formatOptions(sent.options))
  return m === null ? null : { val: Number(m[1]) | 0, ecr: Number(m[2]) | 0 }
}

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
    const want = parse(line, this.remotePort, this.localPort)
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
    const s = parse(line, this.remotePort, this.localPort)
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
    // What was not taken is written anew: whoever needs it has to have copied it.
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

/** Gives an accepted connection a recording user. */
export const adopt = (accepted: ConnectionView): RecordingUser => {
  const user = new RecordingUser()
  const c = blockOf(accepted)
  user.connection = c
  setUser(c, user)
  user.log.push('accepted')
  if (c.receiveQueue.length > 0 || c.finReceived) user.readable()
  return user
}

export const dialogue = (options: DialogueOptions = {}): Dialogue => new Dialogue(options)

/** Sets the TCP checksum of a packet without IPv4 options right. */
export const fixTcpChecksum = (packet: Uint8Array): void => {
  write16(packet, 36, 0)
  const pseudo = pseudoHeaderSum(read32(packet, 12), read32(packet, 16), 6, packet.length - 20)
  write16(packet, 36, ~fold(pseudo + sum16(packet, 20, packet.length - 20)))
}

/** An ICMP error from the peer quoting a segment that we have sent (or another packet). */
export const icmpError = (type: number, code: number, quoted: Uint8Array, from = PEER): Uint8Array => {
  const quote = quoted.subarray(0, Math.min(quoted.length, 28))
  const packet = new Uint8Array(28 + quote.length)
  writeIpv4(packet, 0, packet.length, 1, from, OURS, 64, 0, 2)
  packet[20] = type
  packet[21] = code
  write32(packet, 24, 0)
  packet.set(quote, 28)
  write16(packet, 22, checksum(packet, 20, packet.length - 20))
  return packet
}
