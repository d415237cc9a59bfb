import { seqAdd, seqDiff, seqGt } from '../../wire/sequence.ts'
import { TIMESTAMPS_LENGTH } from '../../wire/tcp.ts'
import type { Connection } from '../block/connection.ts'
import type { ConnectionView } from '../block/connection-view.ts'
import { affordable } from '../block/memory.ts'
import type { TcpOptions } from '../block/options.ts'
import { leastStep } from '../send/silly-window.ts'

/** The largest shift count (RFC 7323 §2.3). */
export const MAX_WINDOW_SHIFT = 14

/** A window of so many bytes, or the largest that is offered at all. */
const clamped = (bytes: number, { windowClamp }: Readonly<TcpOptions>): number =>
  windowClamp === 0 ? bytes : Math.min(bytes, windowClamp)

/** The smallest shift that lets the window field speak of the whole buffer, however it grows (RFC 7323 §2.3). */
export const windowShift = (options: TcpOptions): number => {
  const largest = clamped(Math.max(options.receiveBuffer, options.maxReceiveBuffer), options)
  let shift = 0
  while (shift < MAX_WINDOW_SHIFT && largest >> shift > 0xffff) shift++
  return shift
}

/** RCV.WND: bytes from RCV.NXT to the edge last offered. */
export const receiveWindow = (c: ConnectionView): number => Math.max(0, seqDiff(c.rcv.edge, c.rcv.nxt))

/**
 * The window that may be offered now. Memory that has become scarce takes back nothing that was offered, but the edge
 * waits until what is there is read.
 */
const room = (c: Connection): number => {
  const unread = c.receiveQueue.length
  const { size } = c.receiveBuffer
  const free = Math.min(c.receiveBuffer.room(unread), Math.max(affordable(c, size), c.advertisedMss) - unread)
  return clamped(free, c.options)
}

/** The largest window that a SYN can speak of, which no option scales (RFC 7323 §2.2). */
const LARGEST_ON_SYN = 0xffff

const wholeSegments = (bytes: number, mss: number): number => (bytes > mss ? bytes - (bytes % mss) : bytes)

/**
 * The window that our SYN or SYN,ACK offers: of the buffer as many segments as fit, of the peer's full size as far as it is
 * known (as Linux does): a window that ends within a segment is of no use to a sender. Where the window grows as Linux's, a
 * larger buffer is shown as the most that the field takes.
 */
export const firstWindow = (c: Connection): number =>
  c.options.windowGrows
    ? Math.min(LARGEST_ON_SYN, segmentsOfBuffer(c, Number.POSITIVE_INFINITY))
    : segmentsOfBuffer(c, LARGEST_ON_SYN)

/** As many whole segments as the buffer has room for, or `most` bytes have. */
const segmentsOfBuffer = (c: Connection, most: number): number => {
  const bytes = clamped(Math.min(most, c.receiveBuffer.size), c.options)
  if (!c.options.wholeSegments) return bytes
  return wholeSegments(bytes, Math.max(1, c.advertisedMss - (c.timestamps ? TIMESTAMPS_LENGTH : 0)))
}

/** Offers the first window, and where it grows, lets it grow from there. */
export const beginWindow = (c: Connection): number => {
  if (c.options.windowGrows && c.receiveBuffer.shared) {
    // Text that comes before the handshake is over has the window that the SYN,ACK names.
    c.receiveBuffer = c.receiveBuffer.offering(
      c.fastOpen?.opened ? firstWindow(c) : segmentsOfBuffer(c, Number.POSITIVE_INFINITY),
    )
  }
  return firstWindow(c)
}

/** The distance by which the edge could move right, given what the user has not yet read. */
const gain = (c: Connection): number => room(c) - receiveWindow(c)

/** Returns whether the window goes by segments of the peer's, as Linux's does where nothing scales it. */
const goesBySegments = (c: Connection): boolean => c.options.windowGrows && c.rcv.scale === 0

const smallestStep = (c: Connection): number =>
  leastStep(clamped(c.receiveBuffer.size, c.options), goesBySegments(c) ? c.rcv.mss : c.advertisedMss)

/**
 * The window field of a segment that leaves now; the edge moves right with it, never left (SHLD-14), though what is
 * told of it may fall short by a part of a unit (RFC 7323 §2.4). A SYN's field is not scaled (§2.2 there).
 */
export const offerWindow = (c: Connection, syn: boolean): number => {
  const shift = syn ? 0 : c.rcv.scale
  const current = receiveWindow(c)
  const space = syn ? Math.min(room(c), beginWindow(c)) : room(c)
  const most = !syn && goesBySegments(c) ? wholeSegments(space, c.rcv.mss) : space
  // The first window is no step: where a segment may be nearly as large as it, all of it is offered.
  const window = syn ? Math.max(most, current) : most - current >= smallestStep(c) ? most : current
  const told = (window >> shift) << shift
  // Rounding down takes back a part of what was offered. So round up, but not beyond the buffer each time: octet by
  // octet the window would never shut. (Linux always rounds up.)
  const up = c.options.windowGrows ? told < window : told < current && told <= most
  const field = Math.min(0xffff, (window >> shift) + (up ? 1 : 0))
  const edge = seqAdd(c.rcv.nxt, field << shift)
  if (seqGt(edge, c.rcv.edge)) c.rcv.edge = edge
  if (field << shift > c.rcv.maxWnd) c.rcv.maxWnd = field << shift
  return field
}

/**
 * Returns whether reading has opened the window so far that the peer should hear of it now: it has fallen to half of what it
 * once was, so the peer may be waiting, and the edge can make a proper step.
 */
export const windowUpdateDue = (c: Connection): boolean =>
  receiveWindow(c) <= c.rcv.maxWnd >> 1 && gain(c) >= smallestStep(c)
