/**
 * TCP Fast Open, RFC 7413: text on a SYN, for a client that the server has given a cookie before. This is a
 * connection's part of it; whose cookies are good, and who has given us one, is the host's to know.
 */
import { type Seq, seqAdd, seqDiff } from '../../wire/sequence.ts'
import { type Segment, TCP_HEADER, TIMESTAMPS_LENGTH } from '../../wire/tcp.ts'
import { fastOpenLength, OPTION_SPACE } from '../../wire/tcp-options.ts'
import type { Connection } from '../block/connection.ts'
import { NOTICE_READABLE, NOTICE_WRITABLE } from '../block/connection-user.ts'

import { letGoOf } from '../flight/flight-pool.ts'

/** Bytes of each of the options of MSS, window scale and user timeout. */
const WORD = 4

/** The state of fast open of a connection; most have none. */
export class FastOpen {
  /** The option of our first SYN or SYN,ACK: a cookie, an empty one to ask for it, or null: as a client, text without. */
  readonly cookie: Uint8Array | null
  /** Bytes of text and options that our SYN may carry: the MSS that the server has named, or the default. */
  readonly mss: number
  /** Text bytes that were on our SYN; as a server, on the peer's, and taken. */
  text = 0
  /** The option was on our SYN. */
  asked = false
  /** As a client: text bytes of our SYN that the server has taken. */
  taken = 0
  /** As a client: it is known not to work here. */
  failed = false
  /** As a server: the text of the SYN was taken (FastOpened, §4.2). */
  readonly opened: boolean
  /** The option is in the shape of RFC 6994's experiment. */
  experiment = false
  /** As a client: the server has taken text of our SYN. */
  get delivered(): boolean {
    return this.taken > 0
  }

  /** As a server: the host's counter of it while it is pending. */
  pending: object | null = null

  constructor(cookie: Uint8Array | null, mss: number, opened: boolean) {
    this.cookie = cookie
    this.mss = mss
    this.opened = opened
  }
}

/**
 * The cookie that our first SYN is to carry, if there is room for it beside the options that it has anyway (§4.2.2: else
 * a plain handshake).
 */
const fits = (c: Connection, cookie: Uint8Array): boolean => {
  const { options } = c
  const used =
    WORD +
    (options.timestamps ? TIMESTAMPS_LENGTH : options.sack ? WORD : 0) +
    (options.windowScaling ? WORD : 0) +
    (options.userTimeoutOption ? WORD : 0)
  return used + fastOpenLength(cookie, c.fastOpen?.experiment) <= OPTION_SPACE
}

/**
 * Returns how many bytes of queued text our first SYN carries, its cookie beside it. Text and options together are at most the
 * MSS (§4.1.3, RFC 6691 §2); the options count as if they were all there, as Linux counts them.
 */
export const earlyText = (c: Connection): number => {
  const f = c.fastOpen
  if (f === null || f.opened || (f.cookie !== null && (f.cookie.length === 0 || !fits(c, f.cookie)))) return 0
  const path = c.env.knownPath(c)?.mtu ?? Number.POSITIVE_INFINITY
  const fixed = c.env.route(c).family.header + TCP_HEADER
  const room = Math.min(f.mss, c.advertisedMss, path - fixed) - OPTION_SPACE
  return Math.max(0, Math.min(c.sendQueue.length, room))
}

/** Bytes from `seq` to the end of the text that our SYN has carried, where that is to go again by itself; else 0. */
export const earlyTextLeft = (c: Connection, seq: Seq): number => {
  const f = c.fastOpen
  if (f === null || f.opened || f.text === 0 || !c.options.fastOpenApart) return 0
  const left = seqDiff(seqAdd(c.snd.iss, 1 + f.text), seq)
  return left <= f.text ? Math.max(0, left) : 0
}

/** The option for the SYN or SYN,ACK that leaves, the first of its kind (§4.2.2: others are plain). */
export const fastOpenOption = (c: Connection): Uint8Array | null => {
  const f = c.fastOpen
  if (f === null || f.cookie === null || c.troubles.synRetransmissions > 0 || f.asked) return null
  if (!fits(c, f.cookie)) return null
  f.asked = true
  return f.cookie
}

/** As a server: takes the text of the SYN, as far as the buffer goes, before the handshake is complete (§4.2.2 step 4). */
export const takeEarlyText = (c: Connection, segment: Segment): void => {
  const { rcv } = c
  segment.length = Math.min(segment.length, c.receiveBuffer.size)
  if (segment.length === 0) return
  c.fastOpen!.text = segment.length
  if (segment.length > rcv.mss) rcv.mss = Math.min(segment.length, c.advertisedMss)
  c.env.textTaken(segment.length)
  c.ownReceiveQueue().borrow(segment.text, segment.batch, segment.index)
  rcv.nxt = seqAdd(rcv.nxt, segment.length)
  c.ownTraffic().bytesReceived += segment.length
  c.wake(NOTICE_READABLE)
}

/**
 * As a client, of an acceptable SYN,ACK: what it acknowledges of the text on our SYN is delivered; the rest was never
 * sent, and goes with the first ACK (§4.2.2).
 */
export const earlyTextAnswered = (c: Connection, segment: Segment): void => {
  const f = c.fastOpen
  if (f === null) return
  const delivered = seqDiff(segment.ack, seqAdd(c.snd.iss, 1))
  if (f.text > 0) {
    c.flight.clear()
    c.flight = letGoOf(c.flight)
    c.snd.nxt = segment.ack
    if (delivered > 0) {
      c.sendQueue.acknowledge(delivered)
      f.taken = delivered
      c.ownRate().part(delivered, c.env.now)
      c.ownTraffic().bytesAcked += delivered
      c.wake(NOTICE_WRITABLE)
    }
  }
  c.env.fastOpenAnswered(c, segment, delivered > 0)
}
