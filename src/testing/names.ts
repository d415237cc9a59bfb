import { getDefaultResultOrder } from 'node:dns'
import { isIP } from 'node:net'
import { type Duration, milliseconds } from '../faults/units.ts'
import { badType, badValue } from '../net/errors.ts'
import { LOCALHOST, type LookupFunction } from '../net/lookup.ts'
import { nextTick } from '../net/real-timers.ts'
import { checkNames, instead, type NamesOf } from '../wire/names.ts'

/** getaddrinfo's failures, with libuv's numbers. */
const FAILURES = {
  ENOTFOUND: -3008,
  EAI_AGAIN: -3001,
  EAI_FAIL: -3004,
  EAI_MEMORY: -3006,
  EAI_NODATA: -3007,
} as const

/** The error of getaddrinfo: ENOTFOUND (no such name), EAI_AGAIN (no server answers), … */
export type LookupFailure = keyof typeof FAILURES

/** An owner of addresses: a host of a network, and anything like it. */
interface Addressed {
  readonly addresses: readonly string[]
}

/** Faults of look-ups of names. An option that is left out stays; `null` turns it off. */
export interface DnsFaults {
  /** The addresses, and hosts, that the name has instead of its host's, the first first. */
  readonly addresses?: readonly (string | Addressed)[] | null
  /** The time that an answer takes, an error too. */
  readonly delay?: Duration | null
  /** Every look-up fails with this. */
  readonly error?: LookupFailure | null
}

const OPTIONS: NamesOf<DnsFaults> = { addresses: true, delay: true, error: true }

interface Found {
  readonly address: string
  readonly family: number
}

interface Faults {
  readonly addresses: readonly Found[] | null
  readonly delay: number
  readonly error: LookupFailure | null
}

const NONE: Faults = { addresses: null, delay: 0, error: null }

const familyOf = (asked: unknown): number => {
  if (asked === 6 || asked === 'IPv6') return 6
  return asked === 4 || asked === 'IPv4' ? 4 : 0
}

const foundOf = (addresses: readonly string[]): readonly Found[] =>
  addresses.map(address => ({ address, family: isIP(address) }))

/** @throws TypeError ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE */
const readAddresses = (given: unknown): readonly Found[] => {
  if (!Array.isArray(given)) throw badType('options.addresses', 'an array of addresses and hosts', given)
  const texts = given.flatMap(each =>
    typeof each === 'string' ? [each] : ((each as Addressed)?.addresses ?? ['']),
  )
  const wrong = texts.findIndex(text => isIP(text) === 0)
  if (wrong >= 0)
    throw badValue(
      `The property 'options.addresses' must have IP addresses and hosts. Received '${String(texts[wrong])}'`,
    )
  return foundOf(texts)
}

/** Names, and what happens to those who look them up. */
export class Names {
  readonly #addresses = new Map<string, readonly Found[]>()
  readonly #faults = new Map<string, Faults>()
  #common = NONE
  readonly #later: (ms: number, callback: () => void) => void
  readonly #unknown: LookupFunction

  /**
   * @param later calls back after so many milliseconds
   * @param unknown finds names that it has nothing of; by default there is `localhost`, and no other
   */
  constructor(later: (ms: number, callback: () => void) => void, unknown: LookupFunction = onlyLocalhost) {
    this.#later = later
    this.#unknown = unknown
  }

  /** RFC 6724 §6 puts IPv6 before IPv4, where the caller has both. */
  add(name: string, addresses: readonly string[]): void {
    this.#addresses.set(
      name.toLowerCase(),
      [...foundOf(addresses)].sort((a, b) => b.family - a.family),
    )
  }

  remove(name: string): void {
    this.#addresses.delete(name.toLowerCase())
  }

  /**
   * Changes what happens to look-ups: of a name, or of all that nothing else is said of (null).
   * @throws TypeError ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE; RangeError ERR_OUT_OF_RANGE
   */
  change(name: string | null, options: DnsFaults): void {
    if (typeof options !== 'object' || options === null)
      throw badType('options', "an object, such as { error: 'ENOTFOUND' }", options)
    checkNames('options', options, OPTIONS)
    const { addresses, delay, error } = options
    const before = name === null ? this.#common : (this.#faults.get(name.toLowerCase()) ?? this.#common)
    if (error != null && !Object.hasOwn(FAILURES, error))
      throw badValue(
        `The property 'options.error' is no failure of a look-up: '${String(error)}'${instead(String(error), Object.keys(FAILURES))}`,
      )
    if (name === null && addresses != null)
      throw badValue("The property 'options.addresses' needs a name that has them")
    const faults = {
      addresses:
        addresses === undefined ? before.addresses : addresses === null ? null : readAddresses(addresses),
      delay: delay === undefined ? before.delay : delay === null ? 0 : milliseconds('options.delay', delay),
      error: error === undefined ? before.error : error,
    }
    if (name === null) this.#common = faults
    else this.#faults.set(name.toLowerCase(), faults)
  }

  /** As dns.lookup, its default order included: ENOTFOUND for a name that no host has, or none of the family asked for. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    const name = hostname.toLowerCase()
    const { addresses, delay, error } = this.#faults.get(name) ?? this.#common
    const answer = () => {
      if (error !== null) callback(failure(error, hostname), '', 4)
      else if (addresses !== null) choose(hostname, addresses, options, callback)
      else {
        const known = this.#addresses.get(name)
        if (known === undefined) this.#unknown(hostname, options, callback)
        else choose(hostname, known, options, callback, getDefaultResultOrder() === 'ipv4first')
      }
    }
    if (delay > 0) this.#later(delay, answer)
    else nextTick(answer)
  }
}

/** Does the work of `dns(options)` and `dns(name, options)`. @throws as {@link Names.change} */
export const changeNames = (names: Names, args: [DnsFaults] | [string, DnsFaults]): void => {
  if (args.length === 1) {
    names.change(null, args[0])
    return
  }
  const [name, options] = args
  if (typeof name !== 'string' || name === '') throw badType('name', 'a string that is not empty', name)
  names.change(name, options)
}

type Answer = Parameters<LookupFunction>[2]

/** Those of the addresses that were asked for. Addresses that were told come in the order in which they were. */
const choose = (
  hostname: string,
  known: readonly Found[],
  options: Parameters<LookupFunction>[1],
  callback: Answer,
  sort = false,
): void => {
  const family = familyOf(options.family)
  const found = known.filter(each => family === 0 || each.family === family)
  if (sort) found.sort((a, b) => a.family - b.family)
  const [first] = found
  if (first === undefined) callback(failure('ENOTFOUND', hostname), '', 4)
  else if (options.all) callback(null, found)
  else callback(null, first.address, first.family)
}

const onlyLocalhost: LookupFunction = (hostname, options, callback) =>
  choose(hostname, hostname.toLowerCase() === 'localhost' ? LOCALHOST : [], options, callback)

const failure = (code: LookupFailure, hostname: string): NodeJS.ErrnoException =>
  Object.assign(new Error(`getaddrinfo ${code} ${hostname}`), {
    errno: FAILURES[code],
    code,
    syscall: 'getaddrinfo',
    hostname,
  })
