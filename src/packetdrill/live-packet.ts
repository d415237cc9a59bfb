/** A packet of the wire, and how a script would write it. */
import { AE } from '../wire/accurate-ecn.ts'
import type { Address } from '../wire/address.ts'
import { read16, read32 } from '../wire/bytes.ts'
import { dissect, tcpHeaderLength } from '../wire/dissect.ts'
import { ACK, CWR, ECE, FIN, PSH, RST, SYN, TCP_HEADER, tcpFlags, URG } from '../wire/tcp.ts'
import type { TcpOption, TcpPacket } from './ast.ts'
import { decodeOptions, formatOption, type UnknownOption } from './options-on-wire.ts'
import type { UnderTest } from './under-test.ts'
import type { SentPacket } from './wire.ts'

export interface LivePacket {
  /** Microseconds */
  readonly time: number
  readonly source: Address
  readonly sourcePort: number
  readonly destination: Address
  readonly destinationPort: number
  readonly tos: number
  readonly ttl: number
  /** The flow label of IPv6; 0 with IPv4. */
  readonly flowLabel: number
  readonly seq: number
  readonly ack: number
  readonly flags: number
  readonly window: number
  readonly urgent: number
  readonly options: readonly (TcpOption | UnknownOption)[]
  readonly length: number
  /** The text. */
  readonly payload: Uint8Array
}

/** A packet of the wire; null when it is no TCP, or not all of its header is there. */
export const readPacket = ({ time, bytes: b }: SentPacket): LivePacket | null => {
  const packet = dissect(b)
  const { tcp, source, destination, trafficClass: tos, hops: ttl, flowLabel } = packet
  if (tcp < 0) return null
  const head = tcp + tcpHeaderLength(b, tcp)
  const payload = b.subarray(head)
  return {
    time,
    source,
    destination,
    sourcePort: read16(b, tcp),
    destinationPort: read16(b, tcp + 2),
    tos,
    ttl,
    flowLabel,
    seq: read32(b, tcp + 4) >>> 0,
    ack: read32(b, tcp + 8) >>> 0,
    flags: tcpFlags(b, tcp),
    window: read16(b, tcp + 14),
    urgent: read16(b, tcp + 18),
    options: decodeOptions(b, tcp + TCP_HEADER, head),
    length: payload.length,
    payload,
  }
}

const LETTERS: readonly (readonly [number, string])[] = [
  [FIN, 'F'],
  [SYN, 'S'],
  [RST, 'R'],
  [PSH, 'P'],
  [ECE, 'E'],
  [CWR, 'W'],
  [AE, 'A'],
  [URG, 'U'],
  [ACK, '.'],
]

/** Flags as a script writes them. */
export const formatFlags = (flags: number): string =>
  LETTERS.map(([bit, letter]) => (flags & bit ? letter : '')).join('') || '-'

const formatOptions = (options: readonly (TcpOption | UnknownOption)[] | null): string => {
  if (options === null) return ' <...>'
  return options.length === 0 ? '' : ` <${options.map(formatOption).join(',')}>`
}

/** A packet of a script as it stands there. */
export const formatExpected = (p: TcpPacket): string => {
  const ace = p.ace === null ? '' : String(p.ace)
  const { ecn, tos } = p.ip
  const ip = ecn !== null ? `[${ecn}] ` : tos !== null ? `[tos 0x${tos.toString(16)}] ` : ''
  const ports = p.ports === null ? '' : `${p.ports.source} > ${p.ports.destination} `
  return `${p.direction === 'in' ? '<' : '>'} ${ip}${ports}${formatFlags(p.flags)}${ace} ${p.seq}:${p.seq + p.length}(${p.length})${
    p.flags & ACK ? ` ack ${p.ack}` : ''
  }${p.window === null ? '' : ` win ${p.window}`}${p.urgent === 0 ? '' : ` urg ${p.urgent}`}${formatOptions(p.options)}`
}

/** An outbound packet of the wire in a script's words and numbers. */
export const formatLive = (p: LivePacket, socket: UnderTest): string => {
  const syn = (p.flags & SYN) !== 0
  const seq = socket.scriptLocal(p.seq, syn)
  const options = p.options.map(option =>
    option.kind === 'sack'
      ? {
          ...option,
          blocks: option.blocks.map(
            ([left, right]) => [socket.scriptRemote(left, false), socket.scriptRemote(right, false)] as const,
          ),
        }
      : option,
  )
  const ecn = ['', '[ect1] ', '[ect0] ', '[ce] '][p.tos & 3]
  return `> ${ecn}${formatFlags(p.flags)} ${seq}:${(seq + p.length) >>> 0}(${p.length})${
    p.flags & ACK ? ` ack ${socket.scriptRemote(p.ack, syn)}` : ''
  } win ${p.window}${p.urgent === 0 ? '' : ` urg ${p.urgent}`}${formatOptions(options)}`
}
