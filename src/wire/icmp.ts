/** ICMP, RFC 792. */

export const ICMP_HEADER = 8
export const ECHO_REPLY = 0
export const UNREACHABLE = 3
export const SOURCE_QUENCH = 4
export const REDIRECT = 5
export const ECHO_REQUEST = 8
export const TIME_EXCEEDED = 11
export const PARAMETER_PROBLEM = 12

/** Codes of {@link UNREACHABLE}. */
export const PROTOCOL_UNREACHABLE = 2
export const FRAGMENTATION_NEEDED = 4
/** Code of {@link TIME_EXCEEDED}. */
export const REASSEMBLY_TIMEOUT = 1

/** Returns whether a message of this type is about another packet, not a question or an answer (RFC 1122 §3.2.2). */
export const isIcmpError = (type: number): boolean =>
  type === UNREACHABLE ||
  type === SOURCE_QUENCH ||
  type === REDIRECT ||
  type === TIME_EXCEEDED ||
  type === PARAMETER_PROBLEM
