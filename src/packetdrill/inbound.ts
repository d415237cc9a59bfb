/** Inbound packets as bytes for the host. */

import { write16, write32 } from '../wire/bytes.ts'
import { checksum, fold, sum16 } from '../wire/checksum.ts'
import { FRAGMENTATION_NEEDED, ICMP_HEADER, UNREACHABLE } from '../wire/icmp.ts'
import { ipHeaderLength, writeIp } from '../wire/ip.ts'
import { PROTOCOL_ICMP, PROTOCOL_TCP } from '../wire/protocol.ts'
import { pseudoHeaderSum } from '../wire/pseudo-header.ts'
import { ACK, SYN, TCP_CHECKSUM, TCP_HEADER, writeTcp } from '../wire/tcp.ts'
import type { IcmpPacket, IpInfo, TcpPacket } from './ast.ts'
import { encodeOptions } from './options-on-wire.ts'
import { AE } from './parse-packet.ts'
import type { UnderTest } from './under-test.ts'

/** The TTL that packetdrill sends with. */
const TTL = 255

const ECN = { noecn: 0, ect1: 1, ect0: 2, ect01: 2, ce: 3 } as const

const trafficClass = ({ ecn, tos }: IpInfo): number => tos ?? (ecn === null ? 0 : ECN[ecn])

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
  writeTcp(
    packet,
    tcp,
    p.ports?.source ?? socket.remotePort,
    p.ports?.destination ?? socket.localPort,
    socket.liveRemote(p.seq, syn),
    p.flags & ACK ? socket.liveLocal(p.ack, syn) : 0,
    headerLength,
    p.flags & 0xff,
    p.window ?? 0,
    p.urgent,
  )
  const ace = p.ace ?? 0
  if (p.flags & AE || ace & 4) packet[tcp + 12]! |= 1
  packet[tcp + 13]! |= ((ace & 2) << 6) | ((ace & 1) << 6)
  packet.set(options, tcp + TCP_HEADER)
  const tcpLength = packet.length - tcp
  const pseudo = pseudoHeaderSum(socket.remoteAddress, socket.localAddress, PROTOCOL_TCP, tcpLength)
  write16(packet, tcp + TCP_CHECKSUM, ~fold(pseudo + sum16(packet, tcp, tcpLength)))
  return packet
}

const TYPES: Readonly<Record<string, number>> = {
  echo_reply: 0,
  unreachable: UNREACHABLE,
  source_quench: 4,
  redirect: 5,
  echo_request: 8,
  time_exceeded: 11,
  parameter_problem: 12,
}

const CODES: Readonly<Record<string, number>> = {
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
}

const numbered = (word: string, prefix: string, names: Readonly<Record<string, number>>): number | null => {
  const plain = new RegExp(`^${prefix}_(\\d+)$`).exec(word)
  if (plain !== null) return Number(plain[1])
  return Object.hasOwn(names, word) ? names[word]! : null
}

/**
 * An ICMP message about a packet of ours: it quotes its IP header and eight bytes.
 * @throws Error for a type or code that IPv4 has not
 */
export const buildIcmp = (p: IcmpPacket, socket: UnderTest): Uint8Array => {
  const type = numbered(p.type, 'type', TYPES)
  if (type === null) throw new Error(`'${p.type}' is no ICMP type of IPv4`)
  const code = p.code === null ? 0 : numbered(p.code, 'code', CODES)
  if (code === null) throw new Error(`'${p.code}' is no ICMP code of IPv4`)
  const ip = ipHeaderLength(socket.localAddress)
  const quoted = new Uint8Array(ip + 8)
  writeIp(
    quoted,
    0,
    ip + TCP_HEADER + p.echoed.length,
    PROTOCOL_TCP,
    socket.localAddress,
    socket.remoteAddress,
    TTL,
    0,
  )
  write16(quoted, ip, socket.localPort)
  write16(quoted, ip + 2, socket.remotePort)
  write32(quoted, ip + 4, socket.liveLocal(p.echoed.seq, false))
  const packet = new Uint8Array(ip + ICMP_HEADER + quoted.length)
  const icmp = ip
  writeIp(
    packet,
    0,
    packet.length,
    PROTOCOL_ICMP,
    socket.remoteAddress,
    socket.localAddress,
    p.ip.ttl ?? TTL,
    trafficClass(p.ip),
  )
  packet[icmp] = type
  packet[icmp + 1] = code
  // The next hop's MTU (RFC 1191 §4), or an echo's identifier.
  if (p.mtu !== null) write16(packet, icmp + 6, p.mtu)
  else write16(packet, icmp + 4, p.id)
  packet.set(quoted, icmp + ICMP_HEADER)
  write16(packet, icmp + 2, checksum(packet, icmp, packet.length - icmp))
  return packet
}
