import type { Connection } from '../../tcp/block/connection.ts'
import {
  EXHAUSTED,
  Holding,
  type Memory,
  type MemoryLevel,
  NO_HOLDING,
  PLENTY,
  PRESSURE,
  QUANTUM,
} from '../../tcp/block/memory.ts'
import { Holders } from './holders.ts'
import type { MemoryOptions } from './options.ts'
import { Orphans, type OrphansHost } from './orphans.ts'
import { Peers } from './peers.ts'
import { Relief, type ReliefHost } from './relief.ts'

/** Holdings that are kept for reuse. */
const POOL = 4096

/** The memory that a host may hold for its connections, and who holds how much of it. */
export class MemoryBudget implements Memory {
  readonly options: MemoryOptions
  level: MemoryLevel = PLENTY
  /** Bytes charged: to connections, whole quanta, and to fragments. */
  used = 0
  /** The most that was ever used. */
  peak = 0
  readonly holders = new Holders()
  readonly orphans: Orphans
  readonly peers: Peers
  readonly relief: Relief
  /** The weight of the fragments that wait for the rest of their datagrams. */
  #fragments = 0
  /** The sums at which another level begins, upwards and downwards. */
  #above: number
  #below = -1
  readonly #pool: Holding[] = []
  readonly #now: () => number

  /** @param key a secret, uniform in [0, 2^32) */
  constructor(
    host: ReliefHost & OrphansHost & { readonly now: number },
    options: MemoryOptions,
    key: number,
  ) {
    this.options = options
    this.#above = options.pressure
    this.#now = () => host.now
    this.orphans = new Orphans(host, options)
    this.peers = new Peers(options, key)
    this.relief = new Relief(host, this)
  }

  get full(): boolean {
    return this.used >= this.options.high
  }

  levelFor(c: Connection): MemoryLevel {
    return this.peers.overdrawn(c.remoteAddress) ? EXHAUSTED : this.level
  }

  watchGaps(): void {
    this.relief.watchGaps()
  }

  charge(c: Connection, weight: number): void {
    const charged = Math.ceil(weight / QUANTUM) * QUANTUM
    const { held } = c
    const more = charged - held.charged
    if (more === 0) return
    if (held === NO_HOLDING) this.#begin(c, charged)
    else if (charged === 0) this.#end(c)
    else this.holders.resize(held, charged)
    if (this.orphans.has(c)) this.orphans.bytes += more
    this.peers.charge(c.remoteAddress, more)
    this.#use(more)
  }

  /** Fragments weigh so many bytes from now on. */
  chargeFragments(weight: number): void {
    const more = weight - this.#fragments
    this.#fragments = weight
    if (more !== 0) this.#use(more)
  }

  /** The connection is over: what it still holds is its user's. */
  forget(c: Connection): void {
    this.charge(c, 0)
    this.orphans.delete(c)
  }

  #begin(c: Connection, charged: number): void {
    const h = this.#pool.pop() ?? new Holding()
    h.connection = c
    h.charged = charged
    this.relief.begin(h, this.#now())
    this.holders.add(h)
    c.held = h
  }

  #end(c: Connection): void {
    const held: Holding = c.held
    this.holders.delete(held)
    held.charged = 0
    held.connection = null
    c.held = NO_HOLDING
    if (this.#pool.length < POOL) this.#pool.push(held)
    if (this.holders.size === 0) this.relief.rest()
  }

  #use(more: number): void {
    this.used += more
    if (this.used > this.peak) this.peak = this.used
    if (this.used >= this.#above || this.used < this.#below) this.#changeLevel()
  }

  #changeLevel(): void {
    const { low, pressure, high } = this.options
    const before = this.level
    if (this.used >= high) this.level = EXHAUSTED
    else if (this.used < low) this.level = PLENTY
    else if (this.used >= pressure || before === PRESSURE) this.level = PRESSURE
    else if (before === EXHAUSTED) this.level = PRESSURE
    this.#above = this.level === PLENTY ? pressure : this.level === PRESSURE ? high : Number.POSITIVE_INFINITY
    this.#below = this.level === PLENTY ? -1 : this.level === PRESSURE ? low : pressure
    if (this.level > before) this.relief.begun()
  }
}
