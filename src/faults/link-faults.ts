/** The faults of a link, as tests and the command line write them, and their meaning for an emulated path. */
import { ECN_FIELDS, ECN_FLAGS, type EcnFieldName, type EcnFlagsName } from '../link/path/ecn-mangling.ts'
import type { PathOptions } from '../link/path/options.ts'
import { QUEUE_DISCIPLINES, type QueueDisciplineName } from '../link/path/queue-disciplines.ts'
import type { Predicate } from '../link/path/script.ts'
import { badType, badValue, outOfRange } from '../net/errors.ts'
import { parseAddress } from '../wire/address.ts'
import { checkNames } from '../wire/names.ts'
import {
  bitsPerSecond,
  bytes,
  type Duration,
  milliseconds,
  type Probability,
  probability,
  type Rate,
  type Size,
} from './units.ts'

/** Losses that come together, as fades and handovers bring them (Gilbert and Elliott). */
export interface BurstFault {
  /** Probability, at each packet, that a burst begins. */
  readonly start: Probability
  /** Packets that a burst lasts on average, from 1. */
  readonly length: number
  /** Probability of loss during a burst; default 1. */
  readonly loss?: Probability
}

/**
 * The faults of one direction of a link. Everything is off by default; `null` turns it off again. Times are
 * milliseconds, rates bits a second and sizes bytes unless they bear a unit: '40ms', '10mbit', '64KiB', '5%'.
 */
export interface LinkFaults {
  /** Probability that a packet is lost. */
  readonly loss?: Probability | null
  readonly burst?: BurstFault | null
  /** Says of each packet whether it is lost: `script.nth(3, script.isData)`, or any function. */
  readonly drop?: Predicate | null
  /** One way. */
  readonly delay?: Duration | null
  /** ± so much, evenly; with `distribution: 'normal'` the standard deviation. Delays never go below 0. */
  readonly jitter?: Duration | null
  readonly distribution?: 'uniform' | 'normal' | null
  /** True to keep packets in order in spite of jitter; default true. */
  readonly keepOrder?: boolean | null
  /** Bits a second, of whole IP packets. */
  readonly rate?: Rate | null
  /** Bytes that may wait for the rate; default rate × twice the delay, or 150,000, whichever is more. */
  readonly queue?: Size | null
  /** The way that queue is managed: 'droptail' (the default), 'codel' (RFC 8289) or 'dualpi2' (RFC 9332), which mark by ECN. */
  readonly queueDiscipline?: QueueDisciplineName | null
  /** The rate of each TCP connection by itself, in each direction; `queue` is each one's then. */
  readonly connectionRate?: Rate | null
  /** Bytes waiting above which ECN-capable packets are marked instead of waiting unnoticed (RFC 3168). */
  readonly ecnThreshold?: Size | null
  /** Probability that an ECN-capable packet is marked CE, whatever waits. */
  readonly mark?: Probability | null
  /** The ECN field that every packet gets: 'not-ect' clears it, 'ect0', 'ect1' and 'ce' set it. */
  readonly ecnField?: EcnFieldName | null
  /** 'clear' takes TCP's flags of ECN off every segment, 'clear-ae' the newest of them alone. */
  readonly ecnFlags?: EcnFlagsName | null
  /** TCP options that are overwritten with NOPs, by kind: [172, 174], or '172,174'. */
  readonly stripOptions?: readonly number[] | string | null
  /** Probability that a packet is held back by {@link reorderDelay}, so that later ones overtake it. */
  readonly reorder?: Probability | null
  /** Default 5 ms. */
  readonly reorderDelay?: Duration | null
  /** Probability that a packet arrives twice. */
  readonly duplicate?: Probability | null
  /** Probability that one bit of a packet, anywhere in it, is flipped. */
  readonly corrupt?: Probability | null
  /** Probability that one bit of a segment's text is flipped and its checksum made to fit, so that TCP cannot tell. */
  readonly tamper?: Probability | null
  /** All is lost, and nobody is told. */
  readonly blackhole?: boolean | null
  /** Bytes of the largest packet that the next hop carries, from 68; of IPv6 packets it carries 1280 in any case. */
  readonly mtu?: Size | null
  /**
   * True to have the router there tell senders of larger packets with DF set (ICMP type 3 code 4) and of IPv6 (Packet Too
   * Big), and fragments the others; default true. False makes it the silent hole that RFC 2923 §2.1 complains of.
   */
  readonly icmp?: boolean | null
  /** True to have it fragment; default as {@link icmp}. */
  readonly fragment?: boolean | null
  /** The address that ICMP errors come from, or one of each family. */
  readonly router?: string | readonly string[] | null
}

/** RFC 791 §3.2: every link carries 68 bytes. */
const LEAST_MTU = 68

/** Reads one option; `name` is what errors call it. */
type Reader = (name: string, value: never) => unknown

const flag = (name: string, value: unknown): boolean => {
  if (typeof value !== 'boolean') throw badType(name, 'of type boolean', value)
  return value
}

const script = (name: string, value: unknown): Predicate => {
  if (typeof value !== 'function') throw badType(name, 'a function of a packet', value)
  return value as Predicate
}

const distribution = (name: string, value: unknown): unknown => {
  if (value !== 'uniform' && value !== 'normal')
    throw badValue(`The property '${name}' must be 'uniform' or 'normal'. Received '${String(value)}'`)
  return value
}

const oneOf =
  (words: readonly string[]) =>
  (name: string, value: unknown): unknown => {
    if (!words.includes(value as string))
      throw badValue(`The property '${name}' must be one of ${words.join(', ')}. Received '${String(value)}'`)
    return value
  }

/** Kinds of TCP options, as numbers or in words: the end of the list and NOP are none. */
const optionKinds = (name: string, value: unknown): unknown => {
  const kinds = typeof value === 'string' ? value.split(',').map(Number) : value
  const good = (kind: unknown) => Number.isInteger(kind) && (kind as number) >= 2 && (kind as number) <= 255
  if (!Array.isArray(kinds) || !kinds.every(good))
    throw badValue(
      `The property '${name}' must be kinds of TCP options, from 2 to 255, such as [172, 174]. Received '${String(value)}'`,
    )
  return kinds
}

const addresses = (name: string, value: unknown): unknown => {
  for (const text of Array.isArray(value) ? value : [value]) {
    if (typeof text !== 'string') throw badType(name, "an IP address, such as '192.0.2.254'", text)
    try {
      parseAddress(text)
    } catch {
      throw badValue(
        `The property '${name}' must be an IP address, such as '192.0.2.254'. Received '${text}'`,
      )
    }
  }
  return value
}

const burst = (name: string, value: unknown): PathOptions['burst'] => {
  if (typeof value !== 'object' || value === null)
    throw badType(name, "an object, such as { start: '1%', length: 5 }", value)
  const given = value as Record<string, unknown>
  checkNames(name, given, { start: true, length: true, loss: true })
  const { length } = given
  if (typeof length !== 'number') throw badType(`${name}.length`, 'of type number', length)
  if (!(length >= 1 && length < Number.POSITIVE_INFINITY))
    throw outOfRange(`${name}.length`, 'packets, 1 or more', length)
  return {
    enter: probability(`${name}.start`, given.start as Probability),
    leave: 1 / length,
    ...(given.loss == null ? {} : { loss: probability(`${name}.loss`, given.loss as Probability) }),
  }
}

const READERS: { readonly [K in keyof Required<LinkFaults>]: Reader } = {
  loss: probability,
  burst,
  drop: script,
  delay: milliseconds,
  jitter: milliseconds,
  distribution,
  keepOrder: flag,
  rate: bitsPerSecond,
  queue: bytes,
  queueDiscipline: oneOf(QUEUE_DISCIPLINES),
  connectionRate: bitsPerSecond,
  ecnThreshold: bytes,
  mark: probability,
  ecnField: oneOf(Object.keys(ECN_FIELDS)),
  ecnFlags: oneOf(Object.keys(ECN_FLAGS)),
  stripOptions: optionKinds,
  reorder: probability,
  reorderDelay: milliseconds,
  duplicate: probability,
  corrupt: probability,
  tamper: probability,
  blackhole: flag,
  mtu: (name: string, value: Size) => bytes(name, value, LEAST_MTU),
  icmp: flag,
  fragment: flag,
  router: addresses,
}

/** The names of all options, in the order in which the documentation has them. */
export const LINK_FAULTS = Object.keys(READERS) as readonly (keyof LinkFaults)[]

/**
 * The options of an emulated path that do to packets what `faults` says.
 * @param name what errors call the options: `link.loss`
 * @throws TypeError ERR_INVALID_ARG_TYPE for a value of the wrong type, ERR_INVALID_ARG_VALUE for one that cannot be
 *   read and for an option that does not exist; RangeError ERR_OUT_OF_RANGE. Each says what was given and what is
 *   allowed.
 */
export const pathOptions = (faults: LinkFaults, name = 'link'): PathOptions => {
  if (typeof faults !== 'object' || faults === null)
    throw badType(name, "an object, such as { loss: 0.05, delay: '40ms' }", faults)
  checkNames(name, faults, READERS)
  const options: Record<string, unknown> = {}
  for (const key of LINK_FAULTS) {
    const value = faults[key]
    if (value !== undefined && value !== null) options[key] = READERS[key](`${name}.${key}`, value as never)
  }
  if (options.mtu !== undefined) options.icmp ??= true
  return options
}

/** `before`, changed as `change` says: what it does not name stays as it was, what is null in it is off again. */
export const changeFaults = (before: LinkFaults, change: LinkFaults): LinkFaults => {
  const given = Object.entries({ ...before, ...withoutUndefined(change) })
  return Object.fromEntries(given.filter(([, value]) => value !== null))
}

const withoutUndefined = (options: object): object =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
