/**
 * Under which options our stack answers as Linux does: the defaults of its kernel and the names of its sysctls
 * (Documentation/networking/ip-sysctl.rst), so that comparisons compare like with like.
 */

import { DEFAULT_TCP_OPTIONS, type TcpOptions, tcpOptions } from '../tcp/block/options.ts'
import { registerCongestionControl } from '../tcp/congestion/registry.ts'
import { LinuxCubic } from './linux-cubic.ts'
import { LinuxReno } from './linux-reno.ts'

/** Linux's behaviour that no sysctl changes. */
export const LINUX_TCP_OPTIONS: Readonly<Partial<TcpOptions>> = Object.freeze({
  // TCP_TIMEWAIT_LEN is 60 s.
  msl: 30_000,
  initialRto: 1000,
  // TCP_RTO_MIN bounds what is added to the smoothed round trip, not the sum.
  minRto: 1,
  minRttMargin: 200,
  maxRto: 120_000,
  // TCP_DELACK_MIN
  delayedAck: 40,
  // tcp_incr_quickack(): TCP_MAX_QUICKACKS segments
  quickAcks: 16,
  minshall: true,
  fastOpenEmpty: true,
  fastOpenExperiment: true,
  fastOpenApart: true,
  // A path is given up only after several resets: tcp_fastopen_active_disable().
  fastOpenBackOff: 0,
  // Nor does it remember where SYNs that ask for ECN vanish.
  ecnBackOff: 0,
  growsHalfUsed: true,
  wholeSegments: true,
  windowGrows: true,
  safeAckAfterEcn: false,
  ecnOnAllSegments: true,
  marksOfRepeatsCount: true,
  duplicatesCount: true,
  recoveryEndsWhole: true,
  emptyWindowProbes: true,
  softErrorsEndOpening: true,
  checksSynEcho: true,
  offersPathMss: true,
  acksCrossingSyn: true,
  pushSuperSegments: true,
  // tcp_bound_to_half_wnd(): TCP_MSS_DEFAULT
  wholeWindow: 536,
  // A small rest is sent by the probe timer, after an RTO.
  swsOverride: 0,
  resetKeepsText: true,
  userTimeout: 0,
  userTimeoutWhileShut: true,
  initialWindow: 10,
  initialWindowInSegments: true,
  resendsAllTooLarge: true,
  refusedInSynSentOnly: true,
  orphanResetByAck: true,
  dropsSynWithFin: true,
  challengeAcks: 1,
  textBesideRation: true,
})

/** net.ipv4.… as the kernel starts with them. */
export const LINUX_SYSCTLS: Readonly<Record<string, string>> = Object.freeze({
  ip_default_ttl: '64',
  tcp_challenge_ack_limit: '2147483647',
  tcp_congestion_control: 'cubic',
  tcp_dsack: '1',
  tcp_early_retrans: '3',
  tcp_ecn: '2',
  tcp_ecn_fallback: '1',
  tcp_ecn_option: '2',
  tcp_fastopen: '1',
  tcp_fin_timeout: '60',
  tcp_frto: '2',
  tcp_invalid_ratelimit: '500',
  tcp_keepalive_intvl: '75',
  tcp_keepalive_probes: '9',
  tcp_keepalive_time: '7200',
  tcp_max_tw_buckets: '65536',
  tcp_base_mss: '1024',
  tcp_min_tso_segs: '2',
  tcp_mtu_probing: '0',
  tcp_orphan_retries: '0',
  tcp_recovery: '1',
  tcp_retries1: '3',
  tcp_retries2: '15',
  tcp_rfc1337: '0',
  tcp_rmem: '4096 131072 33554432',
  tcp_rto_max_ms: '120000',
  tcp_rto_min_us: '200000',
  tcp_sack: '1',
  tcp_slow_start_after_idle: '1',
  tcp_syn_linear_timeouts: '4',
  tcp_syn_retries: '6',
  tcp_syncookies: '1',
  tcp_synack_retries: '5',
  tcp_timestamps: '1',
  tcp_window_scaling: '1',
  tcp_wmem: '4096 16384 4194304',
})

/** Linux's own controllers have names of their own here, and others where fq paces them. */
const OWN_CONTROLS: Readonly<Record<string, string>> = { cubic: 'linux-cubic', reno: 'linux-reno' }
const paced = (control: string): string => `${control}-fq`
for (const [control, make] of [
  ['linux-cubic', (byFq: boolean) => new LinuxCubic(byFq)],
  ['linux-reno', (byFq: boolean) => new LinuxReno(byFq)],
] as const) {
  registerCongestionControl(control, () => make(false))
  registerCongestionControl(paced(control), () => make(true))
}

type Setting = (value: string) => Partial<TcpOptions>

const number =
  (name: keyof TcpOptions, scale = 1): Setting =>
  value => ({ [name]: Number(value) * scale })
const flag =
  (name: keyof TcpOptions): Setting =>
  value => ({ [name]: Number(value) !== 0 })

/** `least default most` */
const triple = (value: string): [number, number, number] => {
  const [least = 0, initial = 0, most = 0] = value.trim().split(/\s+/).map(Number)
  return [least, initial, most]
}

/** By value of the sysctl (enum tcp_ecn_mode, enum tcp_accecn_option in include/net/tcp_ecn.h). */
const ECN_MODES = ['off', 'on', 'passive', 'accurate', 'accurate-classic', 'accurate-passive'] as const
const ACCECN_OPTIONS = ['never', 'needed', 'always', 'persistent'] as const

const SETTINGS: Readonly<Record<string, Setting>> = {
  ip_default_ttl: number('ttl'),
  tcp_congestion_control: value => ({ congestionControl: OWN_CONTROLS[value] ?? value }),
  // 3 and 4 are tail loss probes with and without what 1 and 2 once were.
  tcp_early_retrans: value => ({ tailLossProbe: Number(value) >= 3 }),
  tcp_ecn: value => ({ ecn: ECN_MODES[Number(value)] ?? 'passive' }),
  tcp_ecn_fallback: flag('ecnFallback'),
  tcp_ecn_option: value => ({ accEcnOption: ACCECN_OPTIONS[Number(value)] ?? 'always' }),
  tcp_fin_timeout: number('finWait2Timeout', 1000),
  tcp_frto: flag('frto'),
  // One answer in that time, whatever it is to.
  tcp_invalid_ratelimit: value => ({ timeWaitAckInterval: Number(value), challengeInterval: Number(value) }),
  tcp_keepalive_intvl: number('keepAliveInterval', 1000),
  tcp_keepalive_probes: number('keepAliveCount'),
  tcp_keepalive_time: number('keepAliveIdle', 1000),
  tcp_max_tw_buckets: number('timeWaitRecords'),
  ip_no_pmtu_disc: value => ({ pathMtuDiscovery: Number(value) === 0 }),
  // A segment's size, not a packet's.
  tcp_base_mss: value => ({ baseMtu: Number(value) + 40 }),
  tcp_min_tso_segs: number('tsoSegments'),
  tcp_mtu_probing: value => ({ mtuProbing: (['off', 'blackhole', 'on'] as const)[Number(value)] ?? 'off' }),
  tcp_syncookies: value => ({ synCookies: (['never', 'auto', 'always'] as const)[Number(value)] ?? 'auto' }),
  // 0 stands for 8: tcp_orphan_retries() in tcp_timer.c
  tcp_orphan_retries: value => ({ orphanProbes: Number(value) || 8 }),
  tcp_notsent_lowat: value => ({ notSentLowWater: Number(value) > 2 ** 31 ? 0 : Number(value) }),
  tcp_recovery: value => ({ lossDetection: Number(value) & 1 ? 'rack' : 'sack' }),
  tcp_retries1: number('softRetries'),
  tcp_retries2: number('retries'),
  tcp_rfc1337: flag('timeWaitIgnoresRst'),
  // Half of a buffer is text, the rest bookkeeping (tcp_adv_win_scale's default of 1).
  tcp_rmem: value => {
    const [, initial, most] = triple(value)
    return { receiveBuffer: initial >> 1, maxReceiveBuffer: most }
  },
  tcp_rto_max_ms: number('maxRto'),
  tcp_rto_min_us: number('minRttMargin', 0.001),
  tcp_sack: flag('sack'),
  tcp_slow_start_after_idle: flag('idleRestart'),
  tcp_syn_linear_timeouts: number('synLinearTimeouts'),
  tcp_syn_retries: number('synRetries'),
  tcp_synack_retries: number('synAckRetries'),
  tcp_timestamps: flag('timestamps'),
  tcp_window_scaling: flag('windowScaling'),
  tcp_wmem: value => {
    const [, initial, most] = triple(value)
    return { sendBuffer: initial, maxSendBuffer: most }
  },
}

/** Sysctls that change nothing a peer can see of a stack like ours, or that it always has so. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  'tcp_challenge_ack_limit',
  'tcp_dsack',
  'tcp_ecn_option_beacon',
  // These are matters of the sockets; see SocketPolicy.
  'tcp_fastopen',
  'tcp_fastopen_blackhole_timeout_sec',
  'tcp_fastopen_key',
  'tcp_fack',
  'tcp_metrics_save',
  'tcp_no_metrics_save',
  'tcp_pacing_ca_ratio',
  'tcp_pacing_ss_ratio',
  'tcp_reordering',
  'tcp_tso_win_divisor',
])

/** The prefix of the stack's own options. */
const OWN = 'tuntcp.'

/** A value as the option's type has it. */
const parseOption = (name: keyof TcpOptions, value: string): number | boolean | string => {
  switch (typeof DEFAULT_TCP_OPTIONS[name]) {
    case 'number':
      return Number(value)
    case 'boolean':
      return value !== '0' && value !== 'false'
    default:
      return value
  }
}

/** `a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4`: four numbers, that lie in memory as the processor has them (little-endian). */
const parseFastOpenKey = (text: string): Uint8Array | null => {
  const words = text.split(',')[0]!.trim().split('-')
  if (words.length !== 4 || !words.every(word => /^[0-9a-fA-F]{1,8}$/.test(word))) return null
  const view = new DataView(new ArrayBuffer(16))
  words.forEach((word, n) => {
    view.setUint32(4 * n, Number.parseInt(word, 16), true)
  })
  return new Uint8Array(view.buffer)
}

/** The sysctls of a Linux, as they are set one after the other. */
export class LinuxProfile {
  readonly #values = new Map<string, string>(Object.entries(LINUX_SYSCTLS))
  /** Options of the stack's own names, set beside the sysctls. */
  #own: Partial<TcpOptions> = {}
  /** True when packets leave through fq, which paces them. */
  paced = false
  /** Names that were set and that the stack has nothing for. */
  readonly unsupported = new Set<string>()

  /**
   * Sets `net.ipv4.tcp_…` (also without its prefix, or with slashes), or, as `tuntcp.…`, an option of the stack that has
   * no sysctl. Says whether the stack has it.
   */
  set(name: string, value: string): boolean {
    if (name.startsWith(OWN)) {
      if (!this.knows(name)) return false
      const option = name.slice(OWN.length) as keyof TcpOptions
      this.#own = { ...this.#own, [option]: parseOption(option, value) }
      return true
    }
    const short = name.replace(/^(?:\/proc\/sys\/)?net[./]ipv4[./]/, '')
    this.#values.set(short, value)
    const known = this.knows(short)
    if (!known) this.unsupported.add(short)
    return known
  }

  get(name: string): string | undefined {
    return this.#values.get(name)
  }

  /** Returns whether there is a sysctl of this name, as far as the stack is concerned. */
  knows(name: string): boolean {
    if (name.startsWith(OWN)) return Object.hasOwn(DEFAULT_TCP_OPTIONS, name.slice(OWN.length))
    return Object.hasOwn(SETTINGS, name) || WITHOUT_EFFECT.has(name)
  }

  /** The bits of tcp_fastopen, for SocketPolicy. */
  get fastOpen(): number {
    return Number(this.#values.get('tcp_fastopen') ?? 1)
  }

  /** The key of fast open's cookies (tcp_fastopen_key), 16 bytes, or null when it was not set. */
  get fastOpenKey(): Uint8Array | null {
    return parseFastOpenKey(this.#values.get('tcp_fastopen_key') ?? '')
  }

  /**
   * The options of a stack that answers so.
   * @throws RangeError for a value out of bounds
   */
  get options(): TcpOptions {
    let given: Partial<TcpOptions> = { ...LINUX_TCP_OPTIONS }
    for (const [name, value] of this.#values) {
      const setting = Object.hasOwn(SETTINGS, name) ? SETTINGS[name]! : null
      if (setting !== null) given = { ...given, ...setting(value) }
    }
    const control = given.congestionControl
    if (this.paced && control !== undefined && Object.values(OWN_CONTROLS).includes(control))
      given.congestionControl = paced(control)
    return tcpOptions({ ...given, ...this.#own })
  }
}
