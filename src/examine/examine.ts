/**
 * `tuntcp/examine`: any TCP, examined from outside over any link by checks that are conversations of raw segments each.
 * See docs/examine.md.
 * @module tuntcp/examine
 */
import type { Clock, Random } from '../base/clock.ts'
import type { Link } from '../ip/link.ts'
import {
  type Address,
  familyOf,
  formatAddress,
  inPrefix,
  parseAddress,
  parsePrefix,
} from '../wire/address.ts'
import { checkNames, type NamesOf } from '../wire/names.ts'
import { CannotTell, type Check, Differs, type Need } from './check.ts'
import { type Choice, chosenChecks, patienceFor } from './choice.ts'
import { isRestless, kindOf, nameOf, type Service, type Services, serviceFor } from './discover.ts'
import type { Examined, Plan, Result } from './results.ts'
import { Trial } from './trial.ts'
import { type PacketTap, Wire } from './wire.ts'

export type { Level, Need, Pace } from './check.ts'
export { type Choice, checkIds } from './choice.ts'
export type { Services } from './discover.ts'
export type { Examined, Plan, Result, Verdict } from './results.ts'
export type { Logged } from './trial.ts'
export type { PacketTap } from './wire.ts'

/** The target. Without any port those of the well-known services are tried. */
export interface ExamineTarget {
  /** IPv4 or IPv6. */
  readonly address: string
  /** A port where somebody listens; what its application does is found out. */
  readonly port?: number
  /**
   * Ports of applications that are known: one that sends back what comes, one that reads it and is silent, one that sends
   * without end, one that says something and closes, and one that accepts and never reads.
   */
  readonly echo?: number
  readonly discard?: number
  readonly chargen?: number
  readonly closing?: number
  readonly deaf?: number
  /** Has the examined connect to this address and port: without it, nothing is known of its active side. */
  readonly dial?: (address: string, port: number) => void | Promise<void>
}

export interface ExamineOptions extends Choice {
  readonly clock: Clock
  readonly random: Random
  /**
   * Addresses of the examiner's, with the length of the link's network, such as '192.0.2.10/24'. Checks take turns in using
   * them: what a stack remembers of a peer (path MTU, thresholds) then does not pass from one check to the next.
   */
  readonly addresses: readonly string[]
  /** A factor for the time of answers: for a target that is far, or slow; default 1. */
  readonly patience?: number
  /** Fewer connections and packets at once. */
  readonly gentle?: boolean
  /** The target may be outside of the link's network. */
  readonly elsewhere?: boolean
  /** Hears of each verdict as it falls. */
  readonly onResult?: (result: Result) => void
  /** Hears of what is about to be done, before a single packet leaves but those that find out about the services. */
  readonly onPlan?: (plan: Plan) => void
  /** Hears of every packet. */
  readonly onPacket?: PacketTap
  /** Ends it before its time: what is open at the examined is reset. */
  readonly signal?: AbortSignal
}

const TARGET: NamesOf<ExamineTarget> = {
  address: true,
  port: true,
  echo: true,
  discard: true,
  chargen: true,
  closing: true,
  deaf: true,
  dial: true,
}

const OPTIONS: NamesOf<ExamineOptions> = {
  clock: true,
  random: true,
  addresses: true,
  pace: true,
  patience: true,
  gentle: true,
  only: true,
  except: true,
  elsewhere: true,
  onResult: true,
  onPlan: true,
  onPacket: true,
  signal: true,
}

/** Bounds on the work at one time. */
interface Load {
  readonly connections: number
  readonly rate: number
  readonly burst: number
}

const USUAL: Load = { connections: 16, rate: 2000, burst: 64 }
const GENTLE: Load = { connections: 2, rate: 100, burst: 8 }

/** The patience of a check that takes minutes. */
const THOROUGH = 2

/** Checks that are repeated at one time: hardly anything else goes on meanwhile. */
const AGAIN = 3

/** Half-open connections of a small flood, for each check that may go on at once. */
const CROWD = 4

/** Ports where these services are known to be (RFC 862, 863, 864, 867), looked at when no port is given. */
const WELL_KNOWN = [7, 9, 13, 19] as const

/**
 * Examines a TCP.
 * @throws RangeError for names, addresses and ports that are none, for a target outside of the link's network unless
 *   `elsewhere` is set, and for a target where nobody listens
 */
export const examine = async (
  link: Link,
  target: ExamineTarget,
  options: ExamineOptions,
): Promise<Examined> => {
  checkNames('target', target, TARGET)
  checkNames('options', options, OPTIONS)
  return await new Examination(link, target, options).run()
}

class Examination {
  readonly #target: ExamineTarget
  readonly #options: ExamineOptions
  readonly #address: Address
  readonly #addresses: readonly Address[]
  readonly #checks: readonly Check[]
  readonly #load: Load
  readonly #wire: Wire
  readonly #active = new Set<Trial>()
  readonly #results = new Map<string, Result>()
  /** The checks that have differed once, and are to be asked again. */
  readonly #doubtful = new Map<string, Result>()
  #services: Services = {}
  /** Ports whose application ends a connection on which nothing was said. */
  readonly #restless = new Set<number>()
  #nextAddress = 0
  #nextSpoiled = 0
  #nextPort: number

  constructor(link: Link, target: ExamineTarget, options: ExamineOptions) {
    this.#target = target
    this.#options = options
    this.#address = parseAddress(target.address)
    const prefixes = options.addresses.map(parsePrefix)
    if (prefixes.length === 0) throw new RangeError('the examiner needs an address of its own')
    for (const [i, prefix] of prefixes.entries())
      if (prefix.family !== familyOf(this.#address))
        throw new RangeError(`${options.addresses[i]} and ${target.address} are of different families`)
    if (options.elsewhere !== true && !prefixes.some(prefix => inPrefix(this.#address, prefix)))
      throw new RangeError(
        `${target.address} is not in the network of the link (${options.addresses[0]}): say so if you mean it (elsewhere)`,
      )
    this.#addresses = prefixes.map(prefix => prefix.address)
    if (this.#addresses.includes(this.#address))
      throw new RangeError(`${target.address} is the examiner's own address`)
    this.#checks = chosenChecks(options)
    this.#load = options.gentle === true ? GENTLE : USUAL
    this.#nextPort = 20_000 + (options.random.uint32() % 20_000)
    this.#wire = new Wire(link, options.clock, this.#load.rate, this.#load.burst, options.onPacket ?? null)
  }

  async run(): Promise<Examined> {
    const { clock, signal } = this.#options
    const begin = clock.now()
    let interrupted = false
    const stopped = new Promise<void>(resolve => {
      const stop = (): void => {
        interrupted = true
        resolve()
      }
      if (signal?.aborted === true) stop()
      else signal?.addEventListener('abort', stop, { once: true })
    })
    try {
      await Promise.race([stopped, this.#work()])
    } finally {
      for (const trial of this.#active) trial.end()
      await this.#wire.drained()
      this.#wire.close()
    }
    for (const result of this.#doubtful.values()) this.#conclude(result)
    return {
      target: this.#target.address,
      services: this.#services,
      results: this.#checks.flatMap(({ id }) => this.#results.get(id) ?? []),
      sent: this.#wire.sent,
      received: this.#wire.received,
      duration: clock.now() - begin,
      interrupted,
    }
  }

  async #work(): Promise<void> {
    this.#services = await this.#findServices()
    this.#options.onPlan?.({
      target: this.#target.address,
      services: this.#services,
      checks: this.#checks.length,
      connections: this.#load.connections,
      floods: this.#checks.filter(({ floods }) => floods).length,
      halfOpen: this.#load.connections * CROWD,
      rate: this.#load.rate,
    })
    // The longest first, so that no one waits for a last one alone.
    const all = this.#checks.toSorted((a, b) => patienceFor(b) - patienceFor(a))
    await this.#each(all, this.#load.connections, check => this.#try(check))
    const doubtful = all.filter(({ id }) => this.#doubtful.has(id))
    await this.#each(doubtful, Math.min(AGAIN, this.#load.connections), check => this.#tryAgain(check))
  }

  /** So many at once; those that must be alone come last, one by one. */
  async #each(all: readonly Check[], atOnce: number, run: (check: Check) => Promise<void>): Promise<void> {
    const rest = all.filter(check => check.alone !== true)
    const worker = async (): Promise<void> => {
      for (let check = rest.shift(); check !== undefined; check = rest.shift()) await run(check)
    }
    await Promise.all(Array.from({ length: atOnce }, worker))
    for (const check of all) if (check.alone === true) await run(check)
  }

  async #try(check: Check): Promise<void> {
    const result = await this.#resultOf(check)
    // Not what takes minutes, nor what was alone: what is rationed, or flooded, is another thing the second time.
    const again = check.alone !== true && patienceFor(check) < THOROUGH
    if (result.verdict === 'differs' && again) this.#doubtful.set(check.id, result)
    else this.#conclude(result)
  }

  /** A difference is asked again while hardly anything else goes on: other checks, or a busy machine, may have been in the way. */
  async #tryAgain(check: Check): Promise<void> {
    const first = this.#doubtful.get(check.id)!
    const second = await this.#resultOf(check)
    this.#doubtful.delete(check.id)
    this.#conclude(
      second.verdict === 'holds'
        ? { ...first, verdict: 'cannot tell', why: `it held when asked again; at first: ${first.why}` }
        : // One that cannot be asked any more may have fallen over.
          second.verdict === 'cannot tell'
          ? first
          : second,
    )
  }

  #conclude(result: Result): void {
    this.#results.set(result.id, result)
    this.#options.onResult?.(result)
  }

  async #resultOf(check: Check): Promise<Result> {
    const { id, level, section, rule } = check
    return {
      id,
      level,
      section,
      rule,
      ...(await this.#verdict(check, serviceFor(this.#services, check.needs))),
    }
  }

  async #verdict(check: Check, service: Service | null): Promise<Pick<Result, 'verdict' | 'why' | 'log'>> {
    const missing = this.#missing(check.needs, service === null)
    if (missing !== null) return { verdict: 'cannot tell', why: missing, log: [] }
    const trial = this.#trial(check.needs, service, check.spoils)
    this.#active.add(trial)
    try {
      await check.run(trial.converse())
      return { verdict: 'holds', why: '', log: trial.log }
    } catch (error) {
      if (error instanceof Differs)
        return trial.excuse === null
          ? { verdict: 'differs', why: error.message, log: trial.log }
          : { verdict: 'cannot tell', why: trial.excuse, log: trial.log }
      if (error instanceof CannotTell) return { verdict: 'cannot tell', why: error.message, log: trial.log }
      throw error
    } finally {
      trial.end()
      this.#active.delete(trial)
    }
  }

  #missing(need: Need, none: boolean): string | null {
    if (need === 'dials')
      return this.#target.dial === undefined ? 'nobody can have the target connect to us' : null
    return need === 'nobody' || !none ? null : `the target has no ${nameOf(need)}`
  }

  #trial(need: Need, service: Service | null, spoils = false): Trial {
    const { clock, random } = this.#options
    const address = this.#takeAddress(spoils)
    const kind = service?.kind ?? null
    return new Trial({
      wire: this.#wire,
      clock,
      random,
      target: this.#address,
      address,
      port: service?.port ?? this.#closedPort(),
      // The words of an application that is not the check's own kind are of no interest.
      talks: need === 'echo' || (kind !== null && kind !== need && kind !== 'reads'),
      need,
      doubtful: kind === 'greets' || (service !== null && this.#restless.has(service.port)),
      portFor: other => serviceFor(this.#services, other)?.port ?? null,
      dial: this.#target.dial ?? null,
      patience: this.#options.patience ?? 1,
      crowd: this.#load.connections * CROWD,
      takePort: () => this.#takePort(),
    })
  }

  /** The latter half of the addresses are for checks that spoil them. */
  #takeAddress(spoils: boolean): Address {
    const all = this.#addresses
    const half = all.length >> 1
    return spoils
      ? all[all.length - 1 - (this.#nextSpoiled++ % Math.max(1, half))]!
      : all[this.#nextAddress++ % (all.length - half)]!
  }

  #takePort(): number {
    this.#nextPort++
    if (this.#nextPort > 60_000) this.#nextPort = 20_000
    return this.#nextPort
  }

  /** A port that the target hardly listens on. */
  #closedPort(): number {
    return 2000 + (this.#options.random.uint32() % 2000)
  }

  async #findServices(): Promise<Services> {
    const { port, echo, discard, chargen, closing, deaf } = this.#target
    const known: { -readonly [K in keyof Services]: Services[K] } = {}
    const take = (kind: keyof Services, at: number | undefined): void => {
      if (at !== undefined) known[kind] ??= portNumber(at)
    }
    take('echo', echo)
    take('reads', discard)
    take('sends', chargen)
    take('closes', closing)
    take('deaf', deaf)
    const none = Object.keys(known).length === 0
    const unknown = port !== undefined ? [portNumber(port)] : none ? WELL_KNOWN : []
    await Promise.all(
      unknown.map(async at => {
        const kind = await this.#meet(at, kindOf)
        if (kind !== null) take(kind, at)
      }),
    )
    const named = Object.entries(known).filter(([kind]) => kind !== 'closes')
    await Promise.all(named.map(([, at]) => this.#watch(at)))
    if (Object.keys(known).length === 0 && (port !== undefined || this.#target.dial === undefined))
      throw new RangeError(
        `${formatAddress(this.#address)} accepts no connection on ${port === undefined ? `any of the ports ${WELL_KNOWN.join(', ')}: name one` : `port ${port}`}`,
      )
    return known
  }

  /** Talks to a port's application before the checks do. */
  async #meet<T>(port: number, talk: (trial: Trial) => Promise<T>): Promise<T> {
    const trial = this.#trial('any', { kind: 'echo', port })
    this.#active.add(trial)
    try {
      return await talk(trial)
    } finally {
      trial.end()
      this.#active.delete(trial)
    }
  }

  async #watch(port: number): Promise<void> {
    if (await this.#meet(port, isRestless)) this.#restless.add(port)
  }
}

const portNumber = (port: number): number => {
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw new RangeError(`a port is a whole number from 1 to 65535, not ${port}`)
}
