import type { ConnectionView as Connection } from '../tcp/block/connection-view.ts'
import { TimeWait } from '../tcp/time-wait.ts'
import type { Address } from '../wire/address.ts'
import { write16 } from '../wire/bytes.ts'
import { checksum } from '../wire/checksum.ts'
import { ipHeaderLength, writeIp } from '../wire/ip.ts'
import { PROTOCOL_TCP } from '../wire/protocol.ts'
import { pseudoHeaderSum } from '../wire/pseudo-header.ts'
import type { Seq } from '../wire/sequence.ts'
import { ACK, RST, TCP_CHECKSUM, TCP_HEADER, writeTcp } from '../wire/tcp.ts'

const TTL = 64

/** A segment without text, as a middlebox forges it. Its flags are RST, and ACK unless `ack` is null. */
export const resetPacket = (
  [source, sourcePort]: readonly [Address, number],
  [destination, destinationPort]: readonly [Address, number],
  seq: Seq,
  ack: Seq | null,
): Uint8Array => {
  const tcp = ipHeaderLength(source)
  const length = tcp + TCP_HEADER
  const packet = new Uint8Array(length)
  const flags = ack === null ? RST : RST | ACK
  writeIp(packet, 0, length, PROTOCOL_TCP, source, destination, TTL, 0)
  writeTcp(packet, tcp, sourcePort, destinationPort, seq, ack ?? 0, TCP_HEADER, flags, 0, 0)
  const pseudo = pseudoHeaderSum(source, destination, PROTOCOL_TCP, TCP_HEADER)
  write16(packet, tcp + TCP_CHECKSUM, checksum(packet, tcp, TCP_HEADER, pseudo))
  return packet
}

/**
 * A reset as a middlebox forges it towards one end, with the very number that the end awaits: RFC 9293 §3.10.7.4 has it
 * obeyed at once.
 */
export const forgedReset = (to: Connection): Uint8Array =>
  resetPacket([to.remoteAddress, to.remotePort], [to.localAddress, to.localPort], to.rcv.nxt, to.snd.nxt)

/** The connection at this place of a host's table, unless it is over. */
export const live = (entry: Connection | TimeWait | null): Connection | null =>
  entry instanceof TimeWait ? null : entry
