/**
 * A connection's queues are weighed as they really are, and its host is told in quanta, as Linux's forward allocation
 * has it: neither a packet nor a write changes the host's sum by itself.
 */
import type { Connection } from './connection.ts'
import type { ConnectionView } from './connection-view.ts'

/** Bytes that a connection is charged for at a time. */
export const QUANTUM = 4096

/** The scarcity of memory. */
export type MemoryLevel = typeof PLENTY | typeof PRESSURE | typeof EXHAUSTED
/** There is enough of it. */
export const PLENTY = 0
/** Buffers and windows grow no more, and text above gaps makes room. */
export const PRESSURE = 1
/** A connection gets only what keeps it alive. */
export const EXHAUSTED = 2

/** The largest buffer, either way, that a connection is given under pressure, bytes; and once memory is exhausted. */
const PRESSED = 65_536
const LEAST = 4096

/**
 * V8 takes so much beside the text, bytes: for a queue that is not empty; for a view of a buffer with its place in a
 * list; for a buffer; for a piece of text above a gap with both of these; for a run of such pieces; for a transmission.
 */
export const QUEUE_WEIGHT = 256
export const VIEW_WEIGHT = 144
export const BUFFER_WEIGHT = 224
export const PIECE_WEIGHT = 400
export const RUN_WEIGHT = 112
export const TRANSMISSION_WEIGHT = 192

/** The memory that a connection holds, as its host knows it: one of those that it has in lists, the largest first. */
export class Holding {
  connection: Connection | null = null
  /** Bytes, a multiple of {@link QUANTUM}: somewhat more than it weighs. */
  charged = 0
  /** Text that had passed through the connection when it was looked at last; and when that was, ms. */
  passed = 0
  reviewedAt = 0
  /** Until when text has passed through it at a decent rate, ms. */
  movedAt = 0
  /** Neighbours among holdings of about the same size. */
  previous: Holding | null = null
  next: Holding | null = null
}

/** Shared by all connections that hold nothing, as most do at most times. */
export const NO_HOLDING: Readonly<Holding> = new Holding()

/** The memory that the connections of a host share. */
export interface Memory {
  /** The level for all. */
  readonly level: MemoryLevel
  /** As much is held as may be, or more. */
  readonly full: boolean
  /** The level for this connection: its peer may have had its share. */
  levelFor(c: Connection): MemoryLevel
  /** A connection holds text above a gap: it must not stay for ever. */
  watchGaps(): void
  /** The connection weighs so many bytes from now on. */
  charge(c: Connection, weight: number): void
}

/** The weight of a connection's queues, bytes. */
export const weightOf = (c: ConnectionView): number =>
  c.sendQueue.weight + c.receiveQueue.weight + c.flight.size * TRANSMISSION_WEIGHT

/** Has the host charge the connection for what it weighs now, where that is another number of quanta. */
export const account = (c: Connection): void => {
  const weight = weightOf(c)
  const spare = c.held.charged - weight
  // A quantum that was charged once is mostly needed again.
  if (spare >= 0 && spare < 2 * QUANTUM && (weight > 0 || spare === 0)) return
  if (c.state !== 'CLOSED' && c.state !== 'TIME_WAIT') c.env.memory.charge(c, weight)
}

/** Returns how much of a buffer of `size` bytes the connection may have, memory being as scarce as it is. */
export const affordable = (c: Connection, size: number): number => {
  const level = c.env.memory.levelFor(c)
  return level === PLENTY ? size : Math.min(size, level === PRESSURE ? PRESSED : LEAST)
}
