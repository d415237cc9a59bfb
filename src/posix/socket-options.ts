/** Socket options: what each does to a socket, and what it says. Values are numbers, as in C; true is 1. */
import type { TcpOptions } from '../tcp/block/options.ts'
import { acknowledgeAtOnce } from '../tcp/calls.ts'
import { AF_INET6 } from './constants.ts'
import type { Errno } from './errno.ts'
import { FAST_OPEN_CLIENT } from './opening.ts'
import type { StreamSocket } from './stream-socket.ts'

export type Level = 'SOL_SOCKET' | 'IPPROTO_TCP' | 'IPPROTO_IP' | 'IPPROTO_IPV6'

interface SocketOption {
  /** Refuses a value with an errno, or null. */
  readonly set: ((s: StreamSocket, value: number) => Errno | null) | null
  readonly get: (s: StreamSocket) => number
}

const current = <K extends keyof TcpOptions>(s: StreamSocket, name: K): TcpOptions[K] => {
  const { connection, listener, host } = s
  const own = s.options[name] as TcpOptions[K] | undefined
  return connection?.options[name] ?? listener?.options[name] ?? own ?? host.options[name]
}

/** One TCP option, `scale` of its units (ms) to one of the call's. */
const tcp = (name: keyof TcpOptions, scale = 1): SocketOption => ({
  set: (s, value) => configured(s, { [name]: value * scale }),
  get: s => Number(current(s, name)) / scale,
})

const tcpFlag = (name: keyof TcpOptions): SocketOption => ({
  set: (s, value) => configured(s, { [name]: value !== 0 }),
  get: s => Number(current(s, name)),
})

const configured = (s: StreamSocket, given: Partial<TcpOptions>): Errno | null => {
  try {
    s.configure(given)
    return null
  } catch (error) {
    if (error instanceof RangeError) return 'EINVAL'
    throw error
  }
}

/** Kept and told again, without effect. */
const remembered = (name: string, initial = 0): SocketOption => ({
  set: (s, value) => {
    s.remembered.set(name, value)
    return null
  },
  get: s => s.remembered.get(name) ?? initial,
})

/** An option of the level IPPROTO_IPV6, which sockets of IPv4 do not have. */
const ofIpv6 = ({ set, get }: SocketOption): SocketOption => ({
  set: (s, value) => (s.family === AF_INET6 && set !== null ? set(s, value) : 'ENOPROTOOPT'),
  get,
})

/** TCP_MAX_QUICKACKS: segments that are acknowledged at once where it is asked for. */
const QUICK_ACKS = 16

/** The time that `timeouts` of a SYN,ACK take, ms: each is twice as long as the one before. */
const timeOf = (s: StreamSocket, timeouts: number): number => {
  const { initialRto, maxRto } = s.host.options
  let time = 0
  for (let n = 0; n < timeouts; n++) time += Math.min(maxRto, initialRto * 2 ** n)
  return time
}

/** The least number of timeouts of a SYN,ACK that take `time` ms. */
const timeoutsWithin = (s: StreamSocket, time: number): number => {
  let timeouts = 0
  while (timeouts < 255 && timeOf(s, timeouts) < time) timeouts++
  return timeouts
}

/** Half of SOCK_MIN_RCVBUF */
const LEAST_CLAMP = 1152

/** Linux's least buffers: SOCK_MIN_RCVBUF and SOCK_MIN_SNDBUF. */
const LEAST_RECEIVE = 2304
const LEAST_SEND = 4608

/**
 * A buffer's size doubles, for bookkeeping, and half of it is text (socket(7)): so the text is what was asked for.
 */
const buffer = (option: string, name: 'receiveBuffer' | 'sendBuffer', least: number): SocketOption => ({
  set: (s, value) => {
    const size = Math.max(least, 2 * value)
    s.remembered.set(option, size)
    return configured(s, { [name]: Math.max(256, size >> 1) })
  },
  get: s => s.remembered.get(option) ?? 2 * current(s, name),
})

const OPTIONS: Readonly<Record<string, SocketOption>> = {
  SO_REUSEADDR: remembered('SO_REUSEADDR'),
  SO_REUSEPORT: remembered('SO_REUSEPORT'),
  SO_KEEPALIVE: tcpFlag('keepAlive'),
  SO_OOBINLINE: remembered('SO_OOBINLINE'),
  SO_RCVBUF: buffer('SO_RCVBUF', 'receiveBuffer', LEAST_RECEIVE),
  SO_SNDBUF: buffer('SO_SNDBUF', 'sendBuffer', LEAST_SEND),
  SO_RCVTIMEO: remembered('SO_RCVTIMEO'),
  SO_SNDTIMEO: remembered('SO_SNDTIMEO'),
  SO_ERROR: { set: null, get: () => 0 },
  SO_TYPE: { set: null, get: () => 1 },
  SO_PROTOCOL: { set: null, get: () => 6 },
  SO_ACCEPTCONN: { set: null, get: s => (s.listener === null ? 0 : 1) },
  TCP_NODELAY: tcpFlag('noDelay'),
  TCP_CORK: tcpFlag('corked'),
  TCP_MAXSEG: {
    set: (s, value) => (value < 88 || value > 32_767 ? 'EINVAL' : configured(s, { maxSegment: value })),
    get: s => s.connection?.snd.mss ?? (current(s, 'maxSegment') || 536),
  },
  TCP_QUICKACK: {
    set: (s, value) => {
      if (s.connection === null) return null
      acknowledgeAtOnce(s.connection, value === 0 ? 0 : QUICK_ACKS)
      return null
    },
    get: s => (s.connection === null || s.connection.pingPong ? 0 : 1),
  },
  TCP_SYNCNT: {
    set: (s, value) => (value < 1 || value > 127 ? 'EINVAL' : configured(s, { synRetries: value })),
    get: s => current(s, 'synRetries'),
  },
  TCP_USER_TIMEOUT: tcp('userTimeout'),
  TCP_KEEPIDLE: tcp('keepAliveIdle', 1000),
  TCP_KEEPINTVL: tcp('keepAliveInterval', 1000),
  TCP_KEEPCNT: tcp('keepAliveCount'),
  // The kernel counts SYN,ACKs, and tells how long they take.
  TCP_DEFER_ACCEPT: {
    set: (s, value) => configured(s, { deferAccept: timeoutsWithin(s, value * 1000) }),
    get: s => timeOf(s, current(s, 'deferAccept')) / 1000,
  },
  TCP_WINDOW_CLAMP: {
    set: (s, value) => {
      if (value === 0 && (s.connection !== null || s.listener !== null)) return 'EINVAL'
      return configured(s, { windowClamp: value === 0 ? 0 : Math.max(LEAST_CLAMP, value) })
    },
    get: s => current(s, 'windowClamp'),
  },
  // All bits set, or nothing, stand for no bound.
  TCP_NOTSENT_LOWAT: {
    set: (s, value) => {
      s.remembered.set('TCP_NOTSENT_LOWAT', value)
      const most = value >>> 0
      if (most === 0) return configured(s, { notSentLowWater: s.host.options.notSentLowWater })
      return configured(s, { notSentLowWater: most > 2 ** 31 ? 0 : most })
    },
    get: s => s.remembered.get('TCP_NOTSENT_LOWAT') ?? 0,
  },
  // The number is how many may be pending; 0 turns it off.
  TCP_FASTOPEN: {
    set: (s, value) => configured(s, { fastOpen: value > 0, fastOpenPending: Math.max(0, value) }),
    get: s => (current(s, 'fastOpen') ? current(s, 'fastOpenPending') : 0),
  },
  TCP_FASTOPEN_CONNECT: {
    set: (s, value) => {
      if (!(s.policy.fastOpen & FAST_OPEN_CLIENT)) return 'EOPNOTSUPP'
      s.connectsLater = value !== 0
      return null
    },
    get: s => (s.connectsLater ? 1 : 0),
  },
  // Without it Linux leaves out DF; packets stay as large.
  IP_MTU_DISCOVER: remembered('IP_MTU_DISCOVER', 1),
  TCP_LINGER2: {
    set: (s, value) => configured(s, { finWait2Timeout: value <= 0 ? 1 : value * 1000 }),
    get: s => current(s, 'finWait2Timeout') / 1000,
  },
  IP_TOS: {
    // The ECN bits are the connection's own (as Linux does).
    set: (s, value) => configured(s, { trafficClass: value & 0xfc }),
    get: s => current(s, 'trafficClass'),
  },
  IP_TTL: tcp('ttl'),
  IPV6_V6ONLY: ofIpv6({
    set: (s, value) => {
      if (s.bound !== null || s.connection !== null) return 'EINVAL'
      s.ipv6Only = value !== 0
      return null
    },
    get: s => (s.ipv6Only ? 1 : 0),
  }),
  IPV6_TCLASS: ofIpv6({
    set: (s, value) =>
      value < -1 || value > 255 ? 'EINVAL' : configured(s, { trafficClass: Math.max(0, value) & 0xfc }),
    get: s => current(s, 'trafficClass'),
  }),
  IPV6_UNICAST_HOPS: ofIpv6({
    set: (s, value) =>
      value < -1 || value > 255
        ? 'EINVAL'
        : configured(s, { ttl: value === -1 ? s.host.options.ttl : value }),
    get: s => current(s, 'ttl'),
  }),
  IPV6_MTU_DISCOVER: ofIpv6(remembered('IPV6_MTU_DISCOVER', 1)),
}

/** Options that are known and that the stack does not have. */
export const UNSUPPORTED_OPTIONS: ReadonlySet<string> = new Set([
  'TCP_FASTOPEN_NO_COOKIE',
  'TCP_INQ',
  'TCP_MD5SIG',
  'TCP_REPAIR',
  'TCP_THIN_LINEAR_TIMEOUTS',
  'SO_ZEROCOPY',
  'SO_TIMESTAMPING',
  'SO_MARK',
  'SO_PRIORITY',
  'SO_MAX_PACING_RATE',
  'IP_RECVERR',
  'IP_FREEBIND',
  'IPV6_RECVERR',
  'IPV6_FREEBIND',
])

/** The errno of setsockopt(2), or null. */
export const setOption = (s: StreamSocket, name: string, value: number): Errno | null => {
  const option = Object.hasOwn(OPTIONS, name) ? OPTIONS[name]! : null
  if (option === null || option.set === null) return 'ENOPROTOOPT'
  return option.set(s, value)
}

/** The value that getsockopt(2) gives, or null for an option that there is not. SO_ERROR is told once. */
export const getOption = (s: StreamSocket, name: string): number | null =>
  Object.hasOwn(OPTIONS, name) && (s.family === AF_INET6 || !name.startsWith('IPV6_'))
    ? OPTIONS[name]!.get(s)
    : null
