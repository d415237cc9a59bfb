import { instead } from '../../wire/names.ts'
import { COUNTS, LIMITS, WORDS } from './option-bounds.ts'
import { DEFAULT_QUIRKS, type TcpQuirks } from './quirks.ts'

/**
 * Every timer and limit of the TCP, with its default. Times are milliseconds, sizes bytes, unless said
 * otherwise.
 */
export interface TcpOptions extends TcpQuirks {
  /** Maximum segment lifetime; TIME-WAIT lasts twice that. RFC 9293 takes 2 minutes; this is Linux's 30 s. */
  msl: number
  /** The time that FIN-WAIT-2 may last once the application has let go of the connection; 0 for ever. */
  finWait2Timeout: number
  /** RTO before the first sample of the round-trip time (RFC 6298 (2.1)). */
  initialRto: number
  /** Lower bound of a computed RTO (RFC 6298 (2.4); Linux has 200). */
  minRto: number
  /** Upper bound of the RTO and of the interval of zero-window probes (RFC 6298 (2.5): at least 60 s). */
  maxRto: number
  /** R2 for a SYN: retransmissions before giving up (MUST-23: at least 3 minutes' worth). */
  synRetries: number
  /** R2 for a SYN,ACK: a half-open connection must not hold its place for long. As Linux. */
  synAckRetries: number
  /** R1: retransmissions of one segment before the application is told (SHLD-10: at least 3). */
  softRetries: number
  /** R2: retransmissions of one segment before the connection is given up (SHLD-11: at least 100 s). */
  retries: number
  /** Probes of a shut window that are answered, once nobody holds the connection any more, before it is reset. */
  orphanProbes: number
  /** The time that sent data may stay unacknowledged before the connection is given up (§3.9.1.3); 0 for ever. */
  userTimeout: number
  /** Tell the peer of it, and hear of its, by the user timeout option (RFC 5482's ENABLED). */
  userTimeoutOption: boolean
  /** The user timeout that the peer is told (ADV_UTO); 0: userTimeout. */
  advertisedUserTimeout: number
  /** True when the peer's may change ours (CHANGEABLE); where userTimeout is given alone, it may not. */
  userTimeoutChangeable: boolean
  /** Bounds of a user timeout that the peer has changed (RFC 5482 §3.1's L_LIMIT and U_LIMIT). */
  minUserTimeout: number
  maxUserTimeout: number
  /** The delay of an acknowledgement waiting for company (§3.8.6.3, MUST-40: below 500). */
  delayedAck: number
  /** True when the ACK of a FIN waits, too, where text has come before it (as Linux does): a CLOSE may soon send ours. */
  delaysAckOfFin: boolean
  /** True when small segments leave although data is outstanding (Nagle off, MUST-17). */
  noDelay: boolean
  /** Sender's silly-window override: a small window is used after this long (§3.8.6.2.1: 100 to 1000); 0: after an RTO. */
  swsOverride: number
  /** True when idle connections are probed (MUST-25: off). */
  keepAlive: boolean
  /** Idle time before the first keep-alive probe (MUST-28: at least two hours). */
  keepAliveIdle: number
  /** Between keep-alive probes. */
  keepAliveInterval: number
  /** Unanswered keep-alive probes before the connection is given up. */
  keepAliveCount: number
  /** The receive buffer: the largest window offered, to begin with. */
  receiveBuffer: number
  /** The size to which it may grow with what the application reads; where receiveBuffer is given alone, it does not grow. */
  maxReceiveBuffer: number
  /** The first window offered is the whole segments that fit the buffer (as Linux's), not all of it. */
  wholeSegments: boolean
  /** Bytes that may wait to be sent or acknowledged before the application is held back. */
  sendBuffer: number
  /** The size to which that may grow with the congestion window; where sendBuffer is given alone, it does not grow. */
  maxSendBuffer: number
  /**
   * Bytes that may wait to be sent (as Linux's TCP_NOTSENT_LOWAT): a user that waits for room writes only what the path will
   * soon take, and may change its mind about the rest. 0 for no bound but the send buffer.
   */
  notSentLowWater: number
  /**
   * The largest window offered, whatever the receive buffer (as Linux's TCP_WINDOW_CLAMP); 0 for no bound.
   */
  windowClamp: number
  /** Out-of-order pieces kept for a connection (attacks send them by the thousand). */
  reassemblySegments: number
  /** Smallest send MSS accepted from a peer (a tiny one is an attack; Linux has 48). */
  minMss: number
  /** Initial congestion window in segments (RFC 6928). */
  initialWindow: number
  /** Offer the timestamps option (RFC 7323). */
  timestamps: boolean
  /** Offer window scaling (RFC 7323). */
  windowScaling: boolean
  /** Offer selective acknowledgments (RFC 2018), with D-SACK (RFC 2883). */
  sack: boolean
  /** The way to find losses where SACK is agreed on: by time (RACK, RFC 8985) or by counting (RFC 6675). */
  lossDetection: 'rack' | 'sack'
  /** Send a probe when ACKs of the last data fail to come (RFC 8985 §7). */
  tailLossProbe: boolean
  /** Find out whether a timeout was spurious by sending new data (F-RTO, RFC 5682). */
  frto: boolean
  /**
   * Explicit congestion notification: 'on' asks for the classic kind (RFC 3168), 'accurate' for accurate feedback (RFC 9768);
   * 'passive' takes the classic kind where a peer asks, 'accurate-passive' either, as 'accurate-classic' does, which asks for
   * the classic kind. As Linux, which starts as 'passive' too (tcp_ecn = 2).
   */
  ecn: 'off' | 'passive' | 'on' | 'accurate' | 'accurate-passive' | 'accurate-classic'
  /**
   * With accurate ECN, when its option leaves (RFC 9768 §3.2.3.3): 'needed' where a counter has changed, with the fields that
   * have; 'always' as Linux, on every segment once one of the peer's has come; 'persistent' even where it seems to be lost.
   */
  accEcnOption: 'never' | 'needed' | 'always' | 'persistent'
  /**
   * Packets claim no ECN any more where the path mangles it or marks all of it (RFC 9768 §3.2.2.3), and SYNs and SYN,ACKs that
   * are not answered come again without (§3.1.4, RFC 3168 §6.1.1.1).
   */
  ecnFallback: boolean
  /**
   * The time for which connections to a destination do not ask for ECN after SYNs that ask have vanished on the way there; doubled
   * with each such connection, up to 64 times that. 0: nothing is remembered.
   */
  ecnBackOff: number
  /** The congestion controller’s name: one that is registered ('reno' …). */
  congestionControl: string
  /** Challenge ACKs, and ACKs of segments outside the window, that one connection sends in so many ms (RFC 5961 §7). */
  challengeAcks: number
  challengeInterval: number
  /** Between ACKs in TIME-WAIT to segments without text that are not acceptable. */
  timeWaitAckInterval: number
  /** True when a RST in TIME-WAIT is ignored (RFC 1337's first fix) instead of ending it (§3.10.7.4). */
  timeWaitIgnoresRst: boolean
  /**
   * A listener's connection opens with the first text of the peer (as Linux's TCP_DEFER_ACCEPT): an ACK without text is
   * dropped until the SYN,ACK's timer has gone off so many times. 0: the ACK opens it.
   */
  deferAccept: number
  /** Half-open plus unaccepted connections a listener may hold. */
  backlog: number
  /**
   * SYN cookies (RFC 4987 §3.6): 'auto' when a listener's SYN queue is full, 'always' instead of one, 'never'. Without
   * timestamps they cost the connection window scaling, SACK and ECN.
   */
  synCookies: 'auto' | 'always' | 'never'
  /**
   * Fast open (RFC 7413): as a client, to ask for cookies and to put text on the SYN where there is one; as a server, to
   * take such text. It may come twice: only for what bears repetition (§6.1).
   */
  fastOpen: boolean
  /** As a server, to take text on a SYN only with a good cookie. Without, forged addresses are believed (§5). */
  fastOpenCookies: boolean
  /** As a client, to put text on the SYN without any cookie: for servers that are known to take it so (§5). */
  fastOpenUnasked: boolean
  /** Connections of a listener whose SYN's text was taken and whose handshake is not complete, at most (§4.2). */
  fastOpenPending: number
  /** The time for which a server makes the same cookies; it takes them for as long again. */
  fastOpenKeyLifetime: number
  /** Servers whose cookies a host remembers, and as many paths where fast open has failed. */
  fastOpenCache: number
  /** The time for which a path is spared after a failure (§4.1.3.1); doubled with each, up to 64 times that. */
  fastOpenBackOff: number
  /** TIME-WAIT records a host may hold; beyond it the oldest goes. */
  timeWaitRecords: number
  /** Find the path MTU: packets leave with DF set (RFC 1191). Without it, off-link packets have at most 576 bytes. */
  pathMtuDiscovery: boolean
  /** Look for the path MTU without the help of routers (RFC 4821): never, where large packets vanish, or always. */
  mtuProbing: 'off' | 'blackhole' | 'on'
  /** The first size of that search: bytes of packets that pass nearly everywhere (RFC 4821 §7.2). */
  baseMtu: number
  /** No router makes packets smaller than this: rather it may fragment them. As Linux. */
  minPathMtu: number
  /** Largest text of a segment, both ways: bounds the MSS that is offered and the one that is used; 0 for no bound. */
  maxSegment: number
  /** Hold back what does not fill a segment, until this is off again or a time is over (TCP_CORK). */
  corked: boolean
  /** Slow start anew after an RTO of silence (RFC 5681 §4.1). */
  idleRestart: boolean
  /**
   * Answers go back by the source routes by which a client's segments come (MUST-53). Off as in Linux: whoever gets answers
   * that way can pretend to be anybody.
   */
  sourceRoutes: boolean
  /** IPv4 time to live (MUST-49). */
  ttl: number
  /** The Diffserv field with the ECN bits zero: DSCP × 4 (MUST-48). */
  trafficClass: number
}

/** The defaults of {@link TcpOptions}. */
export const DEFAULT_TCP_OPTIONS: Readonly<TcpOptions> = Object.freeze({
  ...DEFAULT_QUIRKS,
  msl: 30_000,
  finWait2Timeout: 60_000,
  initialRto: 1000,
  minRto: 1000,
  maxRto: 120_000,
  synRetries: 8,
  synAckRetries: 5,
  softRetries: 3,
  retries: 15,
  orphanProbes: 8,
  userTimeout: 300_000,
  userTimeoutOption: false,
  advertisedUserTimeout: 0,
  userTimeoutChangeable: true,
  minUserTimeout: 100_000,
  maxUserTimeout: 3_600_000,
  delayedAck: 40,
  delaysAckOfFin: true,
  noDelay: false,
  swsOverride: 500,
  keepAlive: false,
  keepAliveIdle: 7_200_000,
  keepAliveInterval: 75_000,
  keepAliveCount: 9,
  receiveBuffer: 1 << 20,
  maxReceiveBuffer: 32 << 20,
  wholeSegments: true,
  sendBuffer: 1 << 20,
  maxSendBuffer: 32 << 20,
  notSentLowWater: 0,
  windowClamp: 0,
  reassemblySegments: 4096,
  minMss: 48,
  initialWindow: 10,
  timestamps: true,
  windowScaling: true,
  sack: true,
  lossDetection: 'rack',
  tailLossProbe: true,
  frto: true,
  ecn: 'passive',
  accEcnOption: 'needed',
  ecnFallback: true,
  ecnBackOff: 60_000,
  congestionControl: 'cubic',
  challengeAcks: 10,
  challengeInterval: 5000,
  timeWaitAckInterval: 500,
  timeWaitIgnoresRst: true,
  deferAccept: 0,
  backlog: 511,
  synCookies: 'auto',
  fastOpen: false,
  fastOpenCookies: true,
  fastOpenUnasked: false,
  fastOpenPending: 128,
  fastOpenKeyLifetime: 3_600_000,
  fastOpenCache: 1024,
  fastOpenBackOff: 60_000,
  timeWaitRecords: 65_536,
  pathMtuDiscovery: true,
  mtuProbing: 'blackhole',
  baseMtu: 1024,
  minPathMtu: 552,
  maxSegment: 0,
  corked: false,
  idleRestart: true,
  sourceRoutes: false,
  ttl: 64,
  trafficClass: 0,
})

const isEmpty = (given: object): boolean => {
  for (const _ in given) return false
  return true
}

/** @throws RangeError naming the option, what it was given and its bounds; for unknown names too */
const checkTcpOption = (name: string, value: unknown): void => {
  if (!Object.hasOwn(DEFAULT_TCP_OPTIONS, name))
    throw new RangeError(`unknown TCP option '${name}'${instead(name, Object.keys(DEFAULT_TCP_OPTIONS))}`)
  const key = name as keyof TcpOptions
  if (typeof value !== typeof DEFAULT_TCP_OPTIONS[key])
    throw new RangeError(
      `TCP option ${name} takes a ${typeof DEFAULT_TCP_OPTIONS[key]}, not ${String(value)}`,
    )
  const words = WORDS[key]?.()
  if (words && !words.includes(String(value)))
    throw new RangeError(`TCP option ${name} must be one of ${words.join(', ')}, not '${String(value)}'`)
  const limits = LIMITS[key]
  // The negation catches NaN too.
  if (limits && !(Number(value) >= limits[0] && Number(value) <= limits[1]))
    throw new RangeError(`TCP option ${name} must be from ${limits[0]} to ${limits[1]}, not ${String(value)}`)
  if (COUNTS.includes(key) && !Number.isInteger(value))
    throw new RangeError(`TCP option ${name} must be a whole number, not ${String(value)}`)
}

/** The last request over each base, and the options that came of it, as long as somebody has them. */
const latest = new WeakMap<
  Readonly<TcpOptions>,
  { readonly given: Partial<TcpOptions>; readonly options: WeakRef<Readonly<TcpOptions>> }
>()

const isSame = (one: Partial<TcpOptions>, other: Partial<TcpOptions>): boolean => {
  for (const name in one) if (one[name as keyof TcpOptions] !== other[name as keyof TcpOptions]) return false
  for (const name in other) if (!(name in one)) return false
  return true
}

/**
 * The defaults with `given` over them. The same request as the last one gets the same object: with a hundred options of its own
 * for each socket (of noDelay alone, say) to open one would take a sixth longer.
 * @throws RangeError naming the option, what it was given and its bounds; for unknown names too.
 */
export const tcpOptions = (
  given: Partial<TcpOptions> = {},
  base: Readonly<TcpOptions> = DEFAULT_TCP_OPTIONS,
): Readonly<TcpOptions> => {
  // For most connections nobody asks for anything: they share what they are based on.
  if (isEmpty(given)) return base
  const before = latest.get(base)
  if (before !== undefined && isSame(before.given, given)) {
    const known = before.options.deref()
    if (known !== undefined) return known
  }
  const options = { ...base }
  // A buffer whose size is given keeps it.
  if (given.receiveBuffer !== undefined) options.maxReceiveBuffer = given.receiveBuffer
  if (given.sendBuffer !== undefined) options.maxSendBuffer = given.sendBuffer
  if (given.userTimeout !== undefined) options.userTimeoutChangeable = false
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue
    checkTcpOption(name, value)
    Object.assign(options, { [name]: value })
  }
  latest.set(base, { given: { ...given }, options: new WeakRef(Object.freeze(options)) })
  return options
}
