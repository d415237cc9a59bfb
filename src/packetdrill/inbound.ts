/** Inbound packets as bytes for the host. */

import { aceFlags } from '../wire/accurate-ecn.ts'
import { isIpv6 } from '../wire/address.ts'
import { read32, write16, write32 } from '../wire/bytes.ts'
import { fold, sum16 } from '../wire/checksum.ts'
import { FRAGMENTATION_NEEDED, UNREACHABLE } from '../wire/icmp.ts'
import { icmpPacket } from '../wire/icmp-message.ts'
import {
  DESTINATION_UNREACHABLE,
  ECHO_REPLY_V6,
  ECHO_REQUEST_V6,
  FRAGMENT_REASSEMBLY_TIME,
  HOP_LIMIT_EXCEEDED,
  PACKET_TOO_BIG,
  PARAMETER_PROBLEM_V6,
  TIME_EXCEEDED_V6,
} from '../wire/icmpv6.ts'
import { ipHeaderLength, writeIp } from '../wire/ip.ts'
import { ERRONEOUS_FIELD, UNRECOGNIZED_NEXT_HEADER, UNRECOGNIZED_OPTION } from '../wire/ipv6.ts'
import { PROTOCOL_TCP } from '../wire/protocol.ts'
import { pseudoHeaderSum } from '../wire/pseudo-header.ts'
import { ACK, SYN, TCP_CHECKSUM, TCP_HEADER, writeTcp } from '../wire/tcp.ts'
import type { IcmpPacket, IpInfo, TcpPacket } from './ast.ts'
import { encodeOptions } from './options-on-wire.ts'
import type { UnderTest } from './under-test.ts'

/** The TTL that packetdrill sends with. */
const TTL = 255

const ECN = { noecn: 0, ect1: 1, ect0: 2, ect01: 2, ce: 3 } as const

const trafficClass = ({ ecn, tos }: IpInfo): number => tos ?? (ecn === null ? 0 : ECN[ecn])

/** Puts the flow label into a packet of IPv6; IPv4 has none. */
const labelled = (packet: Uint8Array, { flowLabel }: IpInfo): void => {
  if (flowLabel !== null && packet[0]! >>> 4 === 6) write32(packet, 0, read32(packet, 0) | flowLabel)
}

/**
 * A TCP packet from the peer.
 * @throws Error for an echoed timestamp that the script has never seen
 */
export const buildTcp = (p: TcpPacket, socket: UnderTest, scaled: boolean): Uint8Array => {
  const syn = (p.flags & SYN) !== 0
  const options = encodeOptions(p.options ?? [], {
    // SACKed text is ours.
    sequence: script => socket.liveLocal(script, false),
    echo: script => {
      if (!(p.flags & ACK)) return script
      const live = socket.echo(script, scaled)
      if (live === null)
        throw new Error(
          `no outbound packet had the timestamp ${script} that is echoed here (TS ecr ${script})`,
        )
      return live
    },
  })
  const headerLength = TCP_HEADER + options.length
  const tcp = ipHeaderLength(socket.localAddress)
  const packet = new Uint8Array(tcp + headerLength + p.length)
  writeIp(
    packet,
    0,
    packet.length,
    PROTOCOL_TCP,
    socket.remoteAddress,
    socket.localAddress,
    p.ip.ttl ?? TTL,
    trafficClass(p.ip),
  )
  labelled(packet, p.ip)
  writeTcp(
    packet,
    tcp,
    p.ports?.source ?? socket.remotePort,
    p.ports?.destination ?? socket.localPort,
    socket.liveRemote(p.seq, syn),
    p.flags & ACK ? socket.liveLocal(p.ack, syn) : 0,
    headerLength,
    p.flags | aceFlags(p.ace ?? 0),
    p.window ?? 0,
    p.urgent,
  )
  packet.set(options, tcp + TCP_HEADER)
  const tcpLength = packet.length - tcp
  const pseudo = pseudoHeaderSum(socket.remoteAddress, socket.localAddress, PROTOCOL_TCP, tcpLength)
  write16(packet, tcp + TCP_CHECKSUM, ~fold(pseudo + sum16(packet, tcp, tcpLength)))
  return packet
}

/** The names of ICMP's types and codes, of one family. */
interface IcmpNames {
  readonly name: string
  readonly types: Readonly<Record<string, number>>
  readonly codes: Readonly<Record<string, number>>
}

const OF_IPV4: IcmpNames = {
  name: 'IPv4',
  types: {
    echo_reply: 0,
    unreachable: UNREACHABLE,
    source_quench: 4,
    redirect: 5,
    echo_request: 8,
    time_exceeded: 11,
    parameter_problem: 12,
  },
  codes: {
    net_unreachable: 0,
    host_unreachable: 1,
    protocol_unreachable: 2,
    port_unreachable: 3,
    frag_needed: FRAGMENTATION_NEEDED,
    source_route_failed: 5,
    net_unknown: 6,
    host_unknown: 7,
    source_host_isolated: 8,
    net_prohibited: 9,
    host_prohibited: 10,
    net_unreachable_for_tos: 11,
    host_unreachable_for_tos: 12,
    packet_filtered: 13,
    precedence_violation: 14,
    precedence_cutoff: 15,
  },
}

const OF_IPV6: IcmpNames = {
  name: 'IPv6',
  types: {
    unreachable: DESTINATION_UNREACHABLE,
    packet_too_big: PACKET_TOO_BIG,
    time_exceeded: TIME_EXCEEDED_V6,
    parameter_problem: PARAMETER_PROBLEM_V6,
    echo_request: ECHO_REQUEST_V6,
    echo_reply: ECHO_REPLY_V6,
  },
  codes: {
    no_route: 0,
    admin_prohibited: 1,
    not_neighbour: 2,
    address_unreachable: 3,
    port_unreachable: 4,
    exceeded_hop_limit: HOP_LIMIT_EXCEEDED,
    exceeded_frag_time: FRAGMENT_REASSEMBLY_TIME,
    header_field: ERRONEOUS_FIELD,
    unknown_next_header: UNRECOGNIZED_NEXT_HEADER,
    unknown_option: UNRECOGNIZED_OPTION,
  },
}

const numbered = (word: string, prefix: string, names: Readonly<Record<string, number>>): number | null => {
  const plain = new RegExp(`^${prefix}_(\\d+)$`).exec(word)
  if (plain !== null) return Number(plain[1])
  return Object.hasOwn(names, word) ? names[word]! : null
}

/**
 * An ICMP message about a packet of ours: it quotes its IP header and eight bytes.
 * @throws Error for a type or code that the family has not
 */
export const buildIcmp = (p: IcmpPacket, socket: UnderTest): Uint8Array => {
  const { localAddress, remoteAddress } = socket
  const { name, types, codes } = isIpv6(localAddress) ? OF_IPV6 : OF_IPV4
  const type = numbered(p.type, 'type', types)
  if (type === null) throw new Error(`'${p.type}' is no ICMP type of ${name}`)
  const code = p.code === null ? 0 : numbered(p.code, 'code', codes)
  if (code === null) throw new Error(`'${p.code}' is no ICMP code of ${name}`)
  const ip = ipHeaderLength(localAddress)
  const quoted = new Uint8Array(ip + 8)
  const length = ip + TCP_HEADER + p.echoed.length
  writeIp(quoted, 0, length, PROTOCOL_TCP, localAddress, remoteAddress, TTL, 0)
  write16(quoted, ip, socket.localPort)
  write16(quoted, ip + 2, socket.remotePort)
  write32(quoted, ip + 4, socket.liveLocal(p.echoed.seq, false))
  // The next hop's MTU (RFC 1191 §4, RFC 4443 §3.2), or an echo's identifier.
  const rest = p.mtu ?? p.id << 16
  const ttl = p.ip.ttl ?? TTL
  const packet = icmpPacket(remoteAddress, localAddress, type, code, rest, quoted, ttl, trafficClass(p.ip))
  labelled(packet, p.ip)
  return packet
}
