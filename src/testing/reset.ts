import { Connection } from '../tcp/block/connection.ts'
import type { TimeWait } from '../tcp/time-wait.ts'
import { write16 } from '../wire/bytes.ts'
import { checksum } from '../wire/checksum.ts'
import { ipHeaderLength, writeIp } from '../wire/ip.ts'
import { PROTOCOL_TCP } from '../wire/protocol.ts'
import { pseudoHeaderSum } from '../wire/pseudo-header.ts'
import { ACK, RST, TCP_CHECKSUM, TCP_HEADER, writeTcp } from '../wire/tcp.ts'

const TTL = 64

/**
 * A reset as a middlebox forges it towards one end, with the very number that the end awaits: RFC 9293 §3.10.7.4 has it
 * obeyed at once.
 */
export const forgedReset = (to: Connection): Uint8Array => {
  const tcp = ipHeaderLength(to.localAddress)
  const length = tcp + TCP_HEADER
  const packet = new Uint8Array(length)
  writeIp(packet, 0, length, PROTOCOL_TCP, to.remoteAddress, to.localAddress, TTL, 0)
  const { remotePort, localPort } = to
  writeTcp(packet, tcp, remotePort, localPort, to.rcv.nxt, to.snd.nxt, TCP_HEADER, RST | ACK, 0, 0)
  const pseudo = pseudoHeaderSum(to.remoteAddress, to.localAddress, PROTOCOL_TCP, TCP_HEADER)
  write16(packet, tcp + TCP_CHECKSUM, checksum(packet, tcp, TCP_HEADER, pseudo))
  return packet
}

/** The connection at this place of a host's table, unless it is over. */
export const live = (entry: Connection | TimeWait | null): Connection | null =>
  entry instanceof Connection ? entry : null
