import { isIpv4, isIpv6, parseAddress } from '../../wire/address.ts'
import { checkNames, type NamesOf } from '../../wire/names.ts'
import { FLAG, FUNCTION, type Kind, LIST, misfitIn, OBJECT } from '../../wire/option-kinds.ts'
import { ECN_FIELDS, ECN_FLAGS, type EcnFieldName, type EcnFlagsName } from './ecn-mangling.ts'
import { QUEUE_DISCIPLINES, type QueueDisciplineName } from './queue-disciplines.ts'
import type { RouterAddresses } from './router.ts'
import type { Predicate } from './script.ts'

/** The chance of a fault: a probability from 0 to 1, or a script that decides for each packet. */
export type Odds = number | Predicate

/** Losses in bursts, after Gilbert and Elliott: a chain of a good and a bad state, one step a packet. */
export interface Burst {
  /** Probability of going from the good state to the bad one. */
  readonly enter: number
  /** Probability of going back: bursts have 1 / leave packets on average. */
  readonly leave: number
  /** Probability of loss in the bad state; default 1. */
  readonly loss?: number
}

/** One direction of an emulated path. Everything is off by default: packets arrive at once, whole, in order. */
export interface PathOptions {
  /** One way, ms. */
  readonly delay?: number
  /** ms: with 'uniform' the delay is ± so much, with 'normal' it is the standard deviation. Never below 0. */
  readonly jitter?: number
  readonly distribution?: 'uniform' | 'normal'
  /** True when a packet waits for those before it when jitter would let it overtake; default true. */
  readonly keepOrder?: boolean
  /** Bits a second, of whole IP packets; by default there is no limit and nothing ever waits. */
  readonly rate?: number
  /**
   * Bytes that may wait besides the packet that is being sent; what does not fit is dropped. Default: rate times
   * twice the delay, or 100 packets of 1500 bytes, whichever is more.
   */
  readonly queue?: number
  /**
   * The way the packets that wait are managed: 'droptail' (the default), 'codel' (RFC 8289) or 'dualpi2' (RFC 9332). The last
   * two mark packets that are ECN-capable instead of dropping them.
   */
  readonly queueDiscipline?: QueueDisciplineName
  /** Bits a second of whole IP packets of each TCP connection by itself; {@link queue} is each one's then. */
  readonly connectionRate?: number
  /** With 'droptail': bytes waiting, the packet itself included, above which ECN-capable packets are marked CE (RFC 3168 §5). */
  readonly ecnThreshold?: number
  /** Probability that an ECN-capable packet is marked CE, whatever waits; or a script. */
  readonly mark?: Odds
  /** The ECN field that every packet gets, as boxes do that clear it or set it. */
  readonly ecnField?: EcnFieldName
  /** The flags of ECN that every segment loses: AE, CWR and ECE, or AE alone. */
  readonly ecnFlags?: EcnFlagsName
  /** TCP options of these kinds are overwritten with NOPs. */
  readonly stripOptions?: readonly number[]
  /** Probability. */
  readonly loss?: number
  readonly burst?: Burst
  /** A script of losses: says of each packet whether it is lost. */
  readonly drop?: Predicate
  readonly duplicate?: Odds
  /** One bit is flipped, anywhere in the packet. */
  readonly corrupt?: Odds
  /** One bit of a segment's text is flipped, and its checksum made to fit: TCP cannot tell. */
  readonly tamper?: Odds
  /** Held back by {@link reorderDelay}, so that later ones overtake it. */
  readonly reorder?: Odds
  /** ms; default 5. */
  readonly reorderDelay?: number
  /** All is lost: a partition. */
  readonly blackhole?: boolean
  /**
   * Bytes of the largest packet, from 68: a router whose next hop carries no more. Larger ones are lost. Packets of IPv6
   * get through up to 1280 in any case (RFC 8200 §5).
   */
  readonly mtu?: number
  /**
   * The router tells senders of larger ones with DF set (RFC 1191 §4), or of IPv6 (Packet Too Big, RFC 4443 §3.2);
   * without, it is a silent hole.
   */
  readonly icmp?: boolean
  /** The router fragments larger packets of IPv4 that allow it; default as {@link icmp}. */
  readonly fragment?: boolean
  /**
   * The address it does so from, or one of each family; of the other it has its default: 192.0.2.254 and 2001:db8::fffe,
   * in a network one of the network's.
   */
  readonly router?: string | readonly string[]
}

/** Options with their defaults. */
export interface Settings {
  readonly delay: number
  readonly jitter: number
  readonly normal: boolean
  readonly keepOrder: boolean
  readonly rate: number
  readonly connectionRate: number
  readonly queue: number
  readonly queueDiscipline: QueueDisciplineName
  readonly ecnThreshold: number
  readonly mark: Odds
  /** -1: it stays as it is. */
  readonly ecnField: number
  readonly ecnFlags: number
  readonly stripOptions: readonly number[]
  readonly loss: number
  readonly burst: Required<Burst> | null
  readonly drop: Predicate | null
  readonly duplicate: Odds
  readonly corrupt: Odds
  readonly tamper: Odds
  readonly reorder: Odds
  readonly reorderDelay: number
  readonly blackhole: boolean
  readonly mtu: number
  readonly icmp: boolean
  readonly fragment: boolean
  readonly routers: RouterAddresses
}

/** RFC 791 §3.2: every link carries 68 bytes. */
const LEAST_MTU = 68
const DEFAULT_QUEUE_PACKETS = 100
const ORDINARY_PACKET = 1500

const probability = (name: string, p: number): number => {
  if (typeof p !== 'number' || !(p >= 0 && p <= 1))
    throw new RangeError(`${name} must be a probability from 0 to 1, not ${p}`)
  return p
}

const odds = (name: string, o: Odds = 0): Odds => (typeof o === 'function' ? o : probability(name, o))

const finite = (name: string, unit: string, value: number): number => {
  if (typeof value !== 'number' || !(value >= 0 && value < Number.POSITIVE_INFINITY))
    throw new RangeError(`${name} must be ${unit}, not ${value}`)
  return value
}

const oneOf = <K extends string>(name: string, value: K, words: readonly K[]): K => {
  if (!words.includes(value))
    throw new RangeError(`${name} must be one of ${words.join(', ')}, not '${value}'`)
  return value
}

const word = <K extends string>(name: string, value: K, words: Readonly<Record<K, number>>): number =>
  words[oneOf(name, value, Object.keys(words) as K[])]

/** The end of the list and NOP are no options. */
const LEAST_KIND = 2

const optionKinds = (kinds: readonly number[]): readonly number[] => {
  for (const kind of kinds)
    if (!(Number.isInteger(kind) && kind >= LEAST_KIND && kind <= 255))
      throw new RangeError(`stripOptions must be kinds of TCP options, from 2 to 255, not ${kind}`)
  return kinds
}

const NAMES: NamesOf<PathOptions> = {
  delay: true,
  jitter: true,
  distribution: true,
  keepOrder: true,
  rate: true,
  connectionRate: true,
  queue: true,
  queueDiscipline: true,
  ecnThreshold: true,
  mark: true,
  ecnField: true,
  ecnFlags: true,
  stripOptions: true,
  loss: true,
  burst: true,
  drop: true,
  duplicate: true,
  corrupt: true,
  tamper: true,
  reorder: true,
  reorderDelay: true,
  blackhole: true,
  mtu: true,
  icmp: true,
  fragment: true,
  router: true,
}
/** Options of which nothing else is checked. */
const KINDS = {
  keepOrder: FLAG,
  blackhole: FLAG,
  icmp: FLAG,
  fragment: FLAG,
  drop: FUNCTION,
  burst: OBJECT,
  stripOptions: LIST,
} satisfies Partial<Record<keyof PathOptions, Kind>>
const BURST_NAMES: NamesOf<Burst> = { enter: true, leave: true, loss: true }

/** Those that are given, and the defaults of a family that none is given of. @throws RangeError for what is no address */
const routerAddresses = (
  given: string | readonly string[] = [],
  defaults: string | readonly string[],
): RouterAddresses => {
  const all = [given, defaults].flat().map(parseAddress)
  return { 4: all.find(isIpv4) ?? null, 6: all.find(isIpv6) ?? null }
}

/**
 * @throws RangeError for what is no probability, delay, rate, size or address, naming the option; TypeError for an option
 *   that does not exist
 */
export const settings = (o: PathOptions, router: string | readonly string[]): Settings => {
  checkNames('path', o, NAMES)
  for (const [name, value] of Object.entries(o))
    if (value === null) throw new RangeError(`${name} must be left out or have a value, not null`)
  checkNames('path.burst', o.burst, BURST_NAMES)
  const { rate = Number.POSITIVE_INFINITY, mtu = Number.POSITIVE_INFINITY, icmp = false } = o
  const { connectionRate = Number.POSITIVE_INFINITY } = o
  for (const [name, value] of Object.entries({ rate, connectionRate }))
    if (typeof value !== 'number' || !(value > 0))
      throw new RangeError(`${name} must be bits a second, more than 0, not ${value}`)
  if (typeof mtu !== 'number' || !(mtu >= LEAST_MTU))
    throw new RangeError(`mtu must be bytes, at least ${LEAST_MTU}, not ${mtu}`)
  const { distribution = 'uniform' } = o
  if (distribution !== 'uniform' && distribution !== 'normal')
    throw new RangeError(`distribution must be 'uniform' or 'normal', not '${distribution}'`)
  const delay = finite('delay', 'milliseconds', o.delay ?? 0)
  const product = rate === Number.POSITIVE_INFINITY ? 0 : (rate * 2 * delay) / 8000
  const unlimited = (name: string, bytes = Number.POSITIVE_INFINITY): number => {
    if (typeof bytes !== 'number' || !(bytes >= 0))
      throw new RangeError(`${name} must be bytes, not ${bytes}`)
    return bytes
  }
  const misfit = misfitIn(o, KINDS)
  if (misfit !== null) throw new RangeError(`${misfit.name} must be ${misfit.text}, not ${misfit.value}`)
  return {
    delay,
    jitter: finite('jitter', 'milliseconds', o.jitter ?? 0),
    normal: distribution === 'normal',
    keepOrder: o.keepOrder ?? true,
    rate,
    connectionRate,
    queue: unlimited('queue', o.queue ?? Math.max(product, DEFAULT_QUEUE_PACKETS * ORDINARY_PACKET)),
    queueDiscipline: oneOf('queueDiscipline', o.queueDiscipline ?? 'droptail', QUEUE_DISCIPLINES),
    ecnThreshold: unlimited('ecnThreshold', o.ecnThreshold),
    mark: odds('mark', o.mark),
    ecnField: o.ecnField === undefined ? -1 : word('ecnField', o.ecnField, ECN_FIELDS),
    ecnFlags: o.ecnFlags === undefined ? 0 : word('ecnFlags', o.ecnFlags, ECN_FLAGS),
    stripOptions: optionKinds(o.stripOptions ?? []),
    loss: probability('loss', o.loss ?? 0),
    burst:
      o.burst === undefined
        ? null
        : {
            enter: probability('burst.enter', o.burst.enter),
            leave: probability('burst.leave', o.burst.leave),
            loss: probability('burst.loss', o.burst.loss ?? 1),
          },
    drop: o.drop ?? null,
    duplicate: odds('duplicate', o.duplicate),
    corrupt: odds('corrupt', o.corrupt),
    tamper: odds('tamper', o.tamper),
    reorder: odds('reorder', o.reorder),
    reorderDelay: finite('reorderDelay', 'milliseconds', o.reorderDelay ?? 5),
    blackhole: o.blackhole ?? false,
    mtu,
    icmp,
    fragment: o.fragment ?? icmp,
    routers: routerAddresses(o.router, router),
  }
}
