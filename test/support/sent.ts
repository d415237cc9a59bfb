/** Packets that a host under test has sent, taken apart, with whatever is wrong with them told. */
import type { Link } from '../../src/ip/link.ts'
import type { VirtualClock } from '../../src/sim/virtual-clock.ts'
import type { PacketBatch } from '../../src/wire/batch.ts'
import { checksum, fold, sum16 } from '../../src/wire/checksum.ts'
import { read16, read32 } from '../../src/wire/ipv4.ts'
import { pseudoHeaderSum } from '../../src/wire/pseudo-header.ts'
import { tcpFlags } from '../../src/wire/tcp.ts'
import { formatOptions } from './segment-notation.ts'

export interface Sent {
  readonly time: number
  readonly raw: Uint8Array
  readonly source: number
  readonly destination: number
  readonly protocol: number
  readonly ttl: number
  readonly trafficClass: number
  /** The options of the IPv4 header; only source routes are expected. */
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

/** The link under test: what the host sends piles up here. */
export class WireLink implements Link {
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

/** The timestamps option of a segment we sent, or null. */
export const timestampsOf = (sent: Sent): { val: number; ecr: number } | null => {
  const m = /TS val (\d+) ecr (\d+)/.exec(formatOptions(sent.options))
  return m === null ? null : { val: Number(m[1]) | 0, ecr: Number(m[2]) | 0 }
}
