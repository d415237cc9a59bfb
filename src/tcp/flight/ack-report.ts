import { aceOf } from '../../wire/accurate-ecn.ts'
import { type Seq, seqGt, seqLeq } from '../../wire/sequence.ts'
import { ECE, FIN, type Segment, SYN } from '../../wire/tcp.ts'
import type { Connection } from '../block/connection.ts'
import type { AckSample } from '../congestion/controller.ts'
import { RateSample } from './delivery-rate.ts'
import { NO_FLIGHT } from './flight-pool.ts'
import type { DeliveryReader, Transmission } from './transmission.ts'

/** The flight when a loss showed: before the ACK that showed it, or when the reordering timer expired. */
export interface FlightBefore {
  /** FlightSize (RFC 5681). */
  readonly flightSize: number
  /** The part of it that had not been SACKed: the RecoverFS that recovery would begin with (RFC 9937 §6.1). */
  readonly notSacked: number
}

/**
 * One acknowledgment. It is read once, and then handed along: to the scoreboard, which notes what it delivers, to loss
 * detection, recovery and the congestion controller. One object is reused for all.
 */
export class AckReport implements AckSample, FlightBefore, DeliveryReader {
  now = 0
  acked = 0
  delivered = 0
  /** Bytes newly SACKed, above the acknowledgment number. */
  sacked = 0
  lost = 0
  priorInFlight = 0
  inFlight = 0
  cwndLimited = false
  recovering = false
  afterTimeout = false
  sack = false
  rtt = -1
  minRtt = -1
  srtt = -1
  deliveryRate = 0
  appLimited = false
  totalDelivered = 0
  priorDelivered = -1
  sentInFlight = 0
  lostSince = 0
  una: Seq = 0
  nxt: Seq = 0
  flightSize = 0
  notSacked = 0
  /** It says nothing but what the last one has said: no text, no FIN, the same number, the same window. */
  repeats = false
  /**
   * It is a duplicate ACK of RFC 5681 §2: one that repeats while data is out. The answer to a probe of a shut window is
   * none.
   */
  duplicate = false
  /** SACK blocks were on it. */
  hasSacks = false
  /** A D-SACK was among them (RFC 2883); {@link duplicateLeft}, {@link duplicateRight} are its edges. */
  hasDuplicate = false
  duplicateLeft: Seq = 0
  duplicateRight: Seq = 0
  /** A router has marked a packet of ours, the peer says (RFC 3168 §6.1.2). */
  ecnEcho = false
  markedPackets = 0
  marked = 0
  /** Packets that it delivers, as far as that can be known of text that was cut by a device. */
  packets = 0
  /** The ACE field, where it is a count (RFC 9768 §3.2.2); else -1. The AccECN option, with -1 for counters it does not have. */
  ace = -1
  hasAccEcn = false
  e0b = -1
  ceb = -1
  e1b = -1
  /** TSecr; 0 when there is none. */
  echo = 0
  /** Something that the last timeout had taken for lost is delivered, though it was sent only once (RFC 5682). */
  originalDelivered = false
  /** Text bytes of the largest segment that was delivered whole, sent once. */
  largestSegment = 0
  /** Something is delivered that lies beyond the recovery point. */
  beyond = false
  readonly #sample = new RateSample()
  #connection: Connection | null = null
  #newestSentAt = -1
  #lostInAllBefore = 0

  /** Reads what `segment` says, before any of it is acted upon. */
  read(c: Connection, segment: Segment): this {
    const { snd, flight } = c
    this.#connection = c
    this.#newestSentAt = -1
    this.#lostInAllBefore = flight.lostInAll
    this.#sample.clear()
    this.now = c.env.now
    this.acked = 0
    this.delivered = 0
    this.sacked = 0
    this.lost = 0
    this.priorInFlight = flight.underWay
    this.flightSize = c.inFlight
    this.notSacked = this.flightSize - flight.sacked
    this.sack = c.sack
    // Pacing holds back for a while what the window does not: then the whole flight counts.
    this.cwndLimited =
      c.options.growsHalfUsed || c.congestion.pacingRate > 0 ? flight.usage.limited(c) : c.windowLimited
    this.rtt = -1
    this.repeats =
      segment.ack === snd.una &&
      segment.length === 0 &&
      !(segment.flags & FIN) &&
      segment.window << snd.scale === snd.wnd
    this.duplicate = this.repeats && this.flightSize > 0 && snd.wnd > 0
    this.hasSacks = segment.sackCount > 0
    this.hasDuplicate = false
    this.markedPackets = 0
    this.marked = 0
    this.packets = 0
    this.#readEcn(c, segment)
    this.echo = c.timestamps ? segment.tsEcr : 0
    this.originalDelivered = false
    this.largestSegment = 0
    this.beyond = false
    return this
  }

  #readEcn(c: Connection, segment: Segment): void {
    const { on, ect, accurate } = c.ecn
    this.ace = -1
    // No router of any use has marked packets that claim no ECN.
    this.ecnEcho = on && ect && accurate === null && (segment.flags & ECE) !== 0
    if (accurate === null || segment.flags & SYN) return
    // The ACK that ends the handshake is read by that.
    if (!accurate.handshake) this.ace = aceOf(segment.flags)
    accurate.handshake = false
    this.hasAccEcn = segment.hasAccEcn
    this.e0b = segment.e0b
    this.ceb = segment.ceb
    this.e1b = segment.e1b
  }

  takeWhole(t: Transmission): void {
    const c = this.#connection!
    this.delivered += t.length
    this.packets += Math.ceil(t.length / c.snd.mss)
    if (seqGt(t.end, c.recovery.point)) this.beyond = true
    // It was delivered once already, and what was learned by it then stays true.
    if (t.forgotten) return
    c.rate.whole(t, this.now, this.#sample)
    if (!t.retransmitted) {
      this.largestSegment = Math.max(this.largestSegment, Math.min(t.length, c.snd.mss))
      if (t.sentAt > this.#newestSentAt) {
        this.#newestSentAt = t.sentAt
        this.rtt = this.now - t.sentAt
      }
      if (t.lost && seqLeq(t.end, c.recovery.point)) this.originalDelivered = true
    }
    if (!c.sack) return
    const echo = this.echo !== 0 ? (this.echo - c.timestampAt(t.sentAt)) | 0 : Number.NaN
    c.ownRack(t.seq).delivered(t, this.now, c.minRtt.value, echo, c.snd.mss)
  }

  takePart(t: Transmission, bytes: number): void {
    this.delivered += bytes
    this.packets += Math.ceil(bytes / this.#connection!.snd.mss)
    this.#connection!.rate.part(bytes, this.now)
    if (t.retransmitted || t.forgotten || t.sentAt <= this.#newestSentAt) return
    // All of a super-segment left at that time.
    this.#newestSentAt = t.sentAt
    this.rtt = this.now - t.sentAt
  }

  /** All that it delivers is noted: the round trip counts before losses are looked for (RFC 8985 §6.2 step 1). */
  measure(c: Connection): void {
    if (this.rtt >= 0) c.minRtt.update(this.rtt, this.now)
  }

  /** Losses have been looked for: nothing changes any more but what the controller does with it. */
  complete(c: Connection): void {
    const { rate, flight } = c
    const sample = this.#sample
    this.minRtt = c.minRtt.value
    this.srtt = c.rto.srtt
    this.inFlight = flight.underWay
    // A flight that this ACK has ended is given back: nothing of it was found lost since.
    const lostInAll = flight === NO_FLIGHT ? this.#lostInAllBefore : flight.lostInAll
    this.lost = lostInAll - this.#lostInAllBefore
    this.deliveryRate = rate.rate(sample, this.minRtt, this.now)
    this.appLimited = sample.appLimited
    if (this.deliveryRate > 0) c.ownTraffic().delivered(this.deliveryRate, this.appLimited)
    this.totalDelivered = rate.delivered
    this.priorDelivered = sample.delivered
    this.sentInFlight = sample.sentInFlight
    this.lostSince = lostInAll - sample.lostBefore
    this.una = c.snd.una
    this.nxt = c.snd.nxt
  }

  /** Nobody reads it any more: the connection may end, and nothing is to hold on to it then. */
  over(): void {
    this.#connection = null
  }

  /** Returns whether its echo shows that it answers something sent before `stamp` (a timestamp of ours). */
  answersBefore(stamp: number): boolean {
    return this.echo !== 0 && ((this.echo - stamp) | 0) < 0
  }
}
