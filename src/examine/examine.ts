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
import { checkNames, type NamesOf, nearest } from '../wire/names.ts'
import { CannotTell, type Check, Differs, type Need, type Pace } from './check.ts'
import { CHECKS } from './checks/all.ts'
import { type Kind, kindOf, type Services, serviceFor } from './discover.ts'
import type { Examined, Plan, Result } from './results.ts'
import { Trial } from './trial.ts'
import { type PacketTap, Wire } from './wire.ts'

export type { Level, Need, Pace } from './check.ts'
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

export interface ExamineOptions {
  readonly clock: Clock
  readonly random: Random
  /**
   * Addresses of the examiner's, with the length of the link's network, such as '192.0.2.10/24'. Checks take turns in using
   * them: what a stack remembers of a peer (path MTU, thresholds) then does not pass from one check to the next.
   */
  readonly addresses: readonly string[]
  /** The most patient checks to run; default `normal`. */
  readonly pace?: Pace
  /** A factor for the time of answers: for a target that is far, or slow; default 1. */
  readonly patience?: number
  /** Fewer connections and packets at once. */
  readonly gentle?: boolean
  /** Only the checks of these names, or whose names begin so. */
  readonly only?: readonly string[]
  /** Not the checks whose names begin so. */
  readonly except?: readonly string[]
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

/** Half-open connections of a small flood, for each check that may go on at once. */
const CROWD = 4

const PACES: readonly Pace[] = ['quick', 'normal', 'thorough']

/** Ports where these services are known to be (RFC 862, 863, 864, 867), looked at when no port is given. */
const WELL_KNOWN = [7, 9, 13, 19] as const

/** Names of all checks, in order. */
export const checkIds = (): readonly string[] => CHECKS.map(check => check.id)

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
  readonly #results: Result[] = []
  #services: Services = {}
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
    return {
      target: this.#target.address,
      services: this.#services,
      results: this.#checks.flatMap(check => this.#results.find(result => result.id === check.id) ?? []),
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
      halfOpen: this.#load.connections * CROWD,
      rate: this.#load.rate,
    })
    // The longest first, so that no one waits for a last one alone.
    const rest = this.#checks
      .filter(check => check.alone !== true)
      .sort((a, b) => PACES.indexOf(paceOf(b)) - PACES.indexOf(paceOf(a)))
    const worker = async (): Promise<void> => {
      for (let check = rest.shift(); check !== undefined; check = rest.shift()) await this.#try(check)
    }
    await Promise.all(Array.from({ length: this.#load.connections }, worker))
    for (const check of this.#checks) if (check.alone === true) await this.#try(check)
  }

  async #try(check: Check): Promise<void> {
    const service = serviceFor(this.#services, check.needs)
    const { verdict, why, log } = await this.#verdict(check, service)
    const { id, level, section, rule } = check
    const result: Result = { id, level, section, rule, verdict, why, log }
    this.#results.push(result)
    this.#options.onResult?.(result)
  }

  async #verdict(
    check: Check,
    service: { kind: keyof Services; port: number } | null,
  ): Promise<Pick<Result, 'verdict' | 'why' | 'log'>> {
    const missing = this.#missing(check.needs, service === null)
    if (missing !== null) return { verdict: 'cannot tell', why: missing, log: [] }
    const talks = service !== null && service.kind !== check.needs && service.kind !== 'reads'
    const port = service?.port ?? this.#closedPort()
    const trial = this.#trial(check.needs, port, talks, check.spoils)
    this.#active.add(trial)
    try {
      await check.run(trial.converse())
      return { verdict: 'holds', why: '', log: trial.log }
    } catch (error) {
      if (error instanceof Differs) return { verdict: 'differs', why: error.message, log: trial.log }
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
    return need === 'nobody' || !none ? null : `the target has no ${NEED_TEXT[need]}`
  }

  #trial(need: Need, port: number, talks: boolean, spoils = false): Trial {
    const { clock, random } = this.#options
    const address = this.#takeAddress(spoils)
    return new Trial({
      wire: this.#wire,
      clock,
      random,
      target: this.#address,
      address,
      port,
      talks: talks || need === 'echo',
      need,
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
        const kind = await this.#kindOf(at)
        if (kind !== null) take(kind, at)
      }),
    )
    if (Object.keys(known).length === 0 && (port !== undefined || this.#target.dial === undefined))
      throw new RangeError(
        `${formatAddress(this.#address)} accepts no connection on ${port === undefined ? `any of the ports ${WELL_KNOWN.join(', ')}: name one` : `port ${port}`}`,
      )
    return known
  }

  async #kindOf(port: number): Promise<Kind | null> {
    const trial = this.#trial('any', port, true)
    this.#active.add(trial)
    try {
      return await kindOf(trial)
    } finally {
      trial.end()
      this.#active.delete(trial)
    }
  }
}

const NEED_TEXT: Readonly<Record<Need, string>> = {
  any: 'service that accepts',
  reads: 'service that reads',
  discards: 'service that reads and is silent',
  echo: 'echo',
  sends: 'service that sends by itself',
  closes: 'service that closes first',
  deaf: 'service that never reads',
  nobody: '',
  dials: '',
}

const portNumber = (port: number): number => {
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw new RangeError(`a port is a whole number from 1 to 65535, not ${port}`)
}

const paceOf = (check: Check): Pace => check.pace ?? 'quick'

const meant = (name: string): string => {
  const id = nearest(name, checkIds())
  return id === null ? '' : `: did you mean '${id}'?`
}

const chosenChecks = ({
  pace = 'normal',
  only: names = [],
  except = [],
}: ExamineOptions): readonly Check[] => {
  for (const name of [...names, ...except])
    if (!CHECKS.some(({ id }) => id.startsWith(name)))
      throw new RangeError(`there is no check '${name}'${meant(name)}`)
  const patience = PACES.indexOf(pace)
  if (patience < 0) throw new RangeError(`pace is one of ${PACES.join(', ')}, not '${pace}'`)
  const wanted = (check: Check): boolean =>
    // A check that is asked for by its name is waited for.
    names.length > 0
      ? names.some(name => check.id.startsWith(name))
      : PACES.indexOf(paceOf(check)) <= patience
  return CHECKS.filter(check => wanted(check) && !except.some(name => check.id.startsWith(name)))
}
