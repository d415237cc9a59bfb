/** The ways in which boxes on a path deal with ECN that are not a router's to mark: they clear, set and strip. */
import { ACE, AE } from '../../wire/accurate-ecn.ts'
import { type Dissection, tcpHeaderLength, tcpOptionsAt } from '../../wire/dissect.ts'
import { CE, ECT_0, ECT_1, NOT_ECT } from '../../wire/ecn.ts'
import { OPTION_NOP, setTcpFlags, TCP_HEADER, tcpFlags } from '../../wire/tcp.ts'
import { isWhole, sumAgain } from './edit.ts'

/** The fates of the ECN field of IP, by name. */
export const ECN_FIELDS = { 'not-ect': NOT_ECT, ect1: ECT_1, ect0: ECT_0, ce: CE } as const
export type EcnFieldName = keyof typeof ECN_FIELDS
/** The flags of TCP's three of ECN that are cleared: all, or the newest, as by boxes that know of eight flags. */
export const ECN_FLAGS = { clear: ACE, 'clear-ae': AE } as const
export type EcnFlagsName = keyof typeof ECN_FLAGS

/** Clears flags of a segment. Returns whether it had any. */
export const clearFlags = (b: Uint8Array, packet: Dissection, length: number, mask: number): boolean => {
  if (!isWhole(packet, length)) return false
  const flags = tcpFlags(b, packet.tcp)
  if ((flags & mask) === 0) return false
  setTcpFlags(b, packet.tcp, flags & ~mask)
  sumAgain(b, packet)
  return true
}

/** Puts NOPs in place of a segment's options of these kinds. Returns whether it had any. */
export const stripOptions = (
  b: Uint8Array,
  packet: Dissection,
  length: number,
  kinds: readonly number[],
): boolean => {
  if (!isWhole(packet, length)) return false
  const end = packet.tcp + tcpHeaderLength(b, packet.tcp)
  let found = false
  for (const { kind, at, size } of tcpOptionsAt(b, packet.tcp + TCP_HEADER, end)) {
    if (size === 0 || !kinds.includes(kind)) continue
    b.fill(OPTION_NOP, at, at + size)
    found = true
  }
  if (found) sumAgain(b, packet)
  return found
}
