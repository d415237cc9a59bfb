/** The report to an observer of a path about one packet that entered it. */
export interface Ticket {
  /** Something befell it: 'lost: queue full', 'corrupted', 'held back', … */
  note(what: string): void
  /** It, a copy or a fragment of it has arrived (ms). */
  delivered(time: number): void
}

/** Watches the packets that enter a path. The bytes are valid during the call only. */
export interface PathObserver {
  entered(direction: string, time: number, b: Uint8Array, start: number, length: number): Ticket
}

/** A packet under way. All times are milliseconds. */
export class Transit {
  readonly buffer: Uint8Array
  readonly start: number
  readonly length: number
  /** Its number among all that got under way. */
  readonly order: number
  readonly ticket: Ticket | null
  /** The time at which it came to wait. */
  queuedAt = 0
  /** It arrives behind all before it that do so. */
  ordered = true
  /** The times at which its first bit leaves the queue, and its last. */
  startAt = 0
  departAt = 0
  /** The time it travels from then on. */
  travel = 0
  /** The time at which it is due to arrive. */
  at = 0

  constructor(buffer: Uint8Array, start: number, length: number, order: number, ticket: Ticket | null) {
    this.buffer = buffer
    this.start = start
    this.length = length
    this.order = order
    this.ticket = ticket
  }
}
