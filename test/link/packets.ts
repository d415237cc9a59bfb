import { checksum, fold, sum16 } from '../../src/wire/checksum.ts'
import {
  PROTOCOL_ICMP,
  PROTOCOL_TCP,
  read16,
  read32,
  write16,
  write32,
  writeIpv4,
} from '../../src/wire/ipv4.ts'
import { pseudoHeaderSum } from '../../src/wire/pseudo-header.ts'

/** The kernel's end of the TUN, and ours. */
export const KERNEL = 0xc0000201 | 0
export const OURS = 0xc0000202 | 0
const PROTOCOL_UDP = 17

/** A UDP datagram from us to the kernel. */
export const udp = (port: number, payload: Uint8Array): Uint8Array => {
  const packet = new Uint8Array(28 + payload.length)
  writeIpv4(packet, 0, packet.length, PROTOCOL_UDP, OURS, KERNEL, 64, 0, 1)
  write16(packet, 20, 4000)
  write16(packet, 22, port)
  write16(packet, 24, 8 + payload.length)
  packet.set(payload, 28)
  const length = 8 + payload.length
  write16(packet, 26, checksum(packet, 20, length, pseudoHeaderSum(OURS, KERNEL, PROTOCOL_UDP, length)))
  return packet
}

export const isUdp = (b: Uint8Array): boolean => b[0] === 0x45 && b[9] === PROTOCOL_UDP
export const isTcp = (b: Uint8Array): boolean => b[0] === 0x45 && b[9] === PROTOCOL_TCP

/** Turns an ICMP echo request into its reply, in place; false when it is something else. */
export const answerEcho = (b: Uint8Array): boolean => {
  if (b[0] !== 0x45 || b[9] !== PROTOCOL_ICMP || b[20] !== 8) return false
  write32(b, 12, OURS)
  write32(b, 16, KERNEL)
  b[20] = 0
  write16(b, 22, 0)
  write16(b, 22, checksum(b, 20, b.length - 20))
  return true
}

/**
 * Writes the headers of a TCP segment into `b` (40 bytes), for `length` bytes of text that stand elsewhere. The
 * checksum is complete over `text`, or partial when there is none.
 */
export const tcpHeaders = (
  b: Uint8Array,
  port: number,
  seq: number,
  ack: number,
  flags: number,
  length: number,
  text?: Uint8Array,
  destination = KERNEL,
): void => {
  writeIpv4(b, 0, 40 + length, PROTOCOL_TCP, OURS, destination, 64, 0, 1, 0x4000)
  write16(b, 20, 4000)
  write16(b, 22, port)
  write32(b, 24, seq)
  write32(b, 28, ack)
  b[32] = 0x50
  b[33] = flags
  write16(b, 34, 65535)
  write32(b, 36, 0)
  const pseudo = pseudoHeaderSum(OURS, destination, PROTOCOL_TCP, 20 + length)
  if (text === undefined) write16(b, 36, pseudo)
  else write16(b, 36, ~fold(pseudo + sum16(b, 20, 20) + sum16(text, 0, length)) & 0xffff)
}

export const tcpFields = (b: Uint8Array) => {
  const header = (b[32]! >>> 4) * 4
  return {
    seq: read32(b, 24),
    ack: read32(b, 28),
    flags: b[33]!,
    text: b.subarray(20 + header, read16(b, 2)),
  }
}
