import { Connection } from '../tcp/connection.ts'
import type { TimeWait } from '../tcp/time-wait.ts'
import { checksum, pseudoHeaderSum } from '../wire/checksum.ts'
import { IPV4_HEADER, PROTOCOL_TCP, write16, writeIpv4 } from '../wire/ipv4.ts'
import { ACK, RST, TCP_CHECKSUM, TCP_HEADER, writeTcp } from '../wire/tcp.ts'

const TTL = 64

/**
 * A reset as a middlebox forges it towards one end, with the very number that the end awaits: RFC 9293 §3.10.7.4 has it
 * obeyed at once.
 */
export const forgedReset = (to: Connection): Uint8Array => {
  const length = IPV4_HEADER + TCP_HEADER
  const packet = new Uint8Array(length)
  writeIpv4(packet, 0, length, PROTOCOL_TCP, to.remoteAddress, to.localAddress, TTL, 0, 0)
  const { remotePort, localPort } = to
  writeTcp(packet, IPV4_HEADER, remotePort, localPort, to.rcv.nxt, to.snd.nxt, TCP_HEADER, RST | ACK, 0, 0)
  const pseudo = pseudoHeaderSum(to.remoteAddress, to.localAddress, PROTOCOL_TCP, TCP_HEADER)
  write16(packet, IPV4_HEADER + TCP_CHECKSUM, checksum(packet, IPV4_HEADER, TCP_HEADER, pseudo))
  return packet
}

/** The connection at this place of a host's table, unless it is over. */
export const live = (entry: Connection | TimeWait | null): Connection | null =>
  entry instanceof Connection ? entry : null
