/** The names of socket options that a script writes as numbers: Linux's, by level. */
import type { Expression } from './ast.ts'
import { CallError, numberOf, wordOf } from './evaluate.ts'
import { SYMBOLS } from './symbols.ts'

const SOCKET: Readonly<Record<number, string>> = {
  2: 'SO_REUSEADDR',
  3: 'SO_TYPE',
  4: 'SO_ERROR',
  7: 'SO_SNDBUF',
  8: 'SO_RCVBUF',
  9: 'SO_KEEPALIVE',
  10: 'SO_OOBINLINE',
  12: 'SO_PRIORITY',
  13: 'SO_LINGER',
  15: 'SO_REUSEPORT',
  18: 'SO_RCVLOWAT',
  20: 'SO_RCVTIMEO',
  21: 'SO_SNDTIMEO',
  30: 'SO_ACCEPTCONN',
  36: 'SO_MARK',
  37: 'SO_TIMESTAMPING',
  38: 'SO_PROTOCOL',
  47: 'SO_MAX_PACING_RATE',
  60: 'SO_ZEROCOPY',
}

const TCP: Readonly<Record<number, string>> = {
  1: 'TCP_NODELAY',
  2: 'TCP_MAXSEG',
  3: 'TCP_CORK',
  4: 'TCP_KEEPIDLE',
  5: 'TCP_KEEPINTVL',
  6: 'TCP_KEEPCNT',
  7: 'TCP_SYNCNT',
  8: 'TCP_LINGER2',
  9: 'TCP_DEFER_ACCEPT',
  10: 'TCP_WINDOW_CLAMP',
  11: 'TCP_INFO',
  12: 'TCP_QUICKACK',
  13: 'TCP_CONGESTION',
  14: 'TCP_MD5SIG',
  16: 'TCP_THIN_LINEAR_TIMEOUTS',
  18: 'TCP_USER_TIMEOUT',
  19: 'TCP_REPAIR',
  23: 'TCP_FASTOPEN',
  25: 'TCP_NOTSENT_LOWAT',
  30: 'TCP_FASTOPEN_CONNECT',
  33: 'TCP_FASTOPEN_KEY',
  34: 'TCP_FASTOPEN_NO_COOKIE',
  36: 'TCP_INQ',
}

const IP: Readonly<Record<number, string>> = {
  1: 'IP_TOS',
  2: 'IP_TTL',
  10: 'IP_MTU_DISCOVER',
  11: 'IP_RECVERR',
  15: 'IP_FREEBIND',
}

const IPV6: Readonly<Record<number, string>> = {
  16: 'IPV6_UNICAST_HOPS',
  23: 'IPV6_MTU_DISCOVER',
  25: 'IPV6_RECVERR',
  26: 'IPV6_V6ONLY',
  67: 'IPV6_TCLASS',
  78: 'IPV6_FREEBIND',
}

const LEVELS: ReadonlyMap<number, Readonly<Record<number, string>>> = new Map([
  [SYMBOLS.SOL_SOCKET!, SOCKET],
  [SYMBOLS.SOL_TCP!, TCP],
  [SYMBOLS.SOL_IP!, IP],
  [SYMBOLS.SOL_IPV6!, IPV6],
])

/** The name of the option, which the script gives as a name or as a number of its level. @throws CallError */
export const optionName = (level: Expression | undefined, option: Expression | undefined): string => {
  if (option?.kind !== 'integer') return wordOf(option, "the option's name")
  const name = LEVELS.get(numberOf(level, 'the level'))?.[option.value]
  if (name === undefined) throw new CallError(`the option ${option.value} of this level is not known`)
  return name
}
