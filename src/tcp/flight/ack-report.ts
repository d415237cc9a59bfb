import { type Seq, seqGt, seqLeq } from '../../wire/sequence.ts'
import { FIN, type Segment } from '../../wire/tcp.ts'
import type { Connection } from '../block/connection.ts'
import type { AckSample } from '../congestion/controller.ts'
import type { DeliveryReader, Transmission } from './transmission.ts'

/** What the ACK that is being processed has said so far. One is reused for all. */
export class AckReport implements AckSample, DeliveryReader {
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
  /** FlightSize before the ACK (RFC 5681). */
  flightSize = 0
  /** Of that, what had not been SACKed: the RecoverFS that recovery would begin with (RFC 9937 §6.1). */
  notSacked = 0
  /** A D-SACK was on it (RFC 2883); {@link duplicateLeft}, {@link duplicateRight} are its edges. */
  duplicate = false
  duplicateLeft: Seq = 0
  duplicateRight: Seq = 0
  /** It is a duplicate ACK without SACK, whether or not anything is outstanding (RFC 8985 §7.4.2). */
  repeated = false
  /** What the last timeout had taken for lost is delivered, though it was sent only once (RFC 5682). */
  originalDelivered = false
  /** Text bytes of the largest segment that was delivered whole, sent once. */
  largestSegment = 0
  /** Something is delivered that lies beyond the recovery point. */
  beyond = false
  #connection: Connection | null = null
  #segment: Segment | null = null
  #newestSentAt = -1
  #lostInAllBefore = 0

  /** An ACK for `c` is about to be taken. */
  begin(c: Connection, segment: Segment): void {
    this.#connection = c
    this.#segment = segment
    this.#newestSentAt = -1
    this.#lostInAllBefore = c.flight.lostInAll
    this.now = c.env.now
    this.acked = 0
    this.delivered = 0
    this.sacked = 0
    this.lost = 0
    this.priorInFlight = c.flight.underWay
    this.flightSize = c.inFlight
    this.notSacked = c.inFlight - c.flight.sacked
    this.cwndLimited = c.options.growsHalfUsed ? c.flight.usage.limited(c) : c.windowLimited
    this.rtt = -1
    this.priorDelivered = -1
    this.duplicate = false
    this.repeated = isRepeated(c, segment)
    this.originalDelivered = false
    this.largestSegment = 0
    this.beyond = false
    c.rate.begin()
  }

  takeWhole(t: Transmission): void {
    const c = this.#connection!
    const segment = this.#segment!
    this.delivered += t.length
    if (seqGt(t.end, c.recovery.point)) this.beyond = true
    // It was delivered once already, and what was learned by it then stays true.
    if (t.forgotten) return
    c.rate.whole(t, this.now)
    if (!t.retransmitted) {
      this.largestSegment = Math.max(this.largestSegment, Math.min(t.length, c.snd.mss))
      if (t.sentAt > this.#newestSentAt) {
        this.#newestSentAt = t.sentAt
        this.rtt = this.now - t.sentAt
      }
      if (t.lost && seqLeq(t.end, c.recovery.point)) this.originalDelivered = true
    }
    if (!c.sack) return
    const echo =
      c.timestamps && segment.tsEcr !== 0 ? (segment.tsEcr - c.timestampAt(t.sentAt)) | 0 : Number.NaN
    c.ownRack(t.seq).delivered(t, this.now, c.minRtt.value, echo, c.snd.mss)
  }

  takePart(t: Transmission, bytes: number): void {
    this.delivered += bytes
    this.#connection!.rate.part(bytes, this.now)
    if (t.retransmitted || t.forgotten || t.sentAt <= this.#newestSentAt) return
    // All of a super-segment left at that time.
    this.#newestSentAt = t.sentAt
    this.rtt = this.now - t.sentAt
  }

  /** All that the ACK says is read: the round trip counts before losses are looked for (RFC 8985 §6.2 step 1). */
  measure(): void {
    if (this.rtt >= 0) this.#connection!.minRtt.update(this.rtt, this.now)
  }

  /** Losses have been looked for: nothing changes any more but what the controller does with it. */
  complete(): void {
    const c = this.#connection!
    const { rate } = c
    this.minRtt = c.minRtt.value
    this.srtt = c.rto.srtt
    this.inFlight = c.flight.underWay
    this.lost = c.flight.lostInAll - this.#lostInAllBefore
    this.deliveryRate = rate.rate(this.minRtt, this.now)
    this.appLimited = rate.appLimited
    if (this.deliveryRate > 0) c.ownTraffic().delivered(this.deliveryRate, this.appLimited)
    this.totalDelivered = rate.delivered
    this.priorDelivered = rate.prior
    this.sentInFlight = rate.sentInFlight
    this.lostSince = c.flight.lostInAll - rate.lostBefore
    this.una = c.snd.una
    this.nxt = c.snd.nxt
  }

  /** Whether its echo shows that it answers something sent before `stamp` (a timestamp of ours). */
  answersBefore(stamp: number): boolean {
    const segment = this.#segment!
    return this.#connection!.timestamps && segment.tsEcr !== 0 && ((segment.tsEcr - stamp) | 0) < 0
  }
}

const isRepeated = (c: Connection, segment: Segment): boolean =>
  segment.ack === c.snd.una &&
  segment.length === 0 &&
  segment.sackCount === 0 &&
  !(segment.flags & FIN) &&
  segment.window << c.snd.scale === c.snd.wnd
