/** The memory that a host may hold for its connections, and for those of one peer. Sizes in bytes, times in ms. */
export interface MemoryOptions {
  /**
   * Linux's tcp_mem, in bytes, for all text that is held (to be sent or acknowledged, received and not read, above gaps,
   * fragments) with what keeping it costs. Beyond `pressure` buffers and windows grow no more and text above gaps makes
   * room, until less than `low` is held. At `high` nobody is given more than what keeps a connection alive, and those are
   * reset that hold most and move least.
   */
  readonly low: number
  readonly pressure: number
  readonly high: number
  /** Connections that their application has let go of, at most: beyond it the oldest is reset (Linux's tcp_max_orphans). */
  readonly orphans: number
  /** The memory that they may hold together. */
  readonly orphanBytes: number
  /**
   * The time that one may take to deliver what it holds; 0 for ever. It is given as long again for each tenth of that
   * which has left meanwhile: ten times as long at most, whatever the peer does.
   */
  readonly orphanTime: number
  /** Connections to listeners that one peer address may have at a time; 0 for no limit. Beyond it SYNs are dropped. */
  readonly peerConnections: number
  /** Half-open ones among them; 0 for no limit. Beyond it SYNs are answered by cookies alone. */
  readonly peerHalfOpen: number
  /**
   * The memory that all connections of one peer address may hold; 0 for no limit. Beyond it they are treated as at
   * `high`.
   */
  readonly peerBytes: number
}

const MEBIBYTE = 2 ** 20

/** The default is as much as a small machine can spare. */
const DEFAULT_HIGH = 256 * MEBIBYTE

/** The others as shares of `high`: low, pressure and high are to one another as Linux has them. */
const sharesOf = (high: number) => ({
  low: Math.floor(high / 2),
  pressure: Math.floor((high * 2) / 3),
  high,
  orphanBytes: Math.floor(high / 4),
})

/** The defaults. Where `high` is given, `low`, `pressure` and `orphanBytes` follow it. */
export const DEFAULT_MEMORY_OPTIONS: Readonly<MemoryOptions> = Object.freeze({
  ...sharesOf(DEFAULT_HIGH),
  orphans: 32_768,
  orphanTime: 60_000,
  peerConnections: 0,
  peerHalfOpen: 0,
  peerBytes: 0,
})

/** Less than this is no budget: one connection could not live on it. */
export const LEAST_MEMORY = 65_536

/**
 * The defaults with `given` over them.
 * @throws RangeError naming the option: all are whole numbers, 0 or more, and low ≤ pressure ≤ high, from 64 KB
 */
export const memoryOptions = (given: Partial<MemoryOptions> = {}): MemoryOptions => {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(DEFAULT_MEMORY_OPTIONS, name)) throw new RangeError(`unknown memory option '${name}'`)
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 0))
      throw new RangeError(`memory option ${name} must be a whole number, 0 or more, not ${String(value)}`)
  }
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  const options: MemoryOptions = {
    ...DEFAULT_MEMORY_OPTIONS,
    ...(given.high === undefined ? {} : sharesOf(given.high)),
    ...known,
  }
  const { low, pressure, high } = options
  if (!(low <= pressure && pressure <= high))
    throw new RangeError(`memory options must be low ≤ pressure ≤ high, not ${low}, ${pressure}, ${high}`)
  if (high < LEAST_MEMORY)
    throw new RangeError(`memory option high must be from ${LEAST_MEMORY} bytes, not ${high}`)
  return options
}
