/** Explicit congestion notification: what a connection remembers of it, in both directions (RFC 3168 §6.1, RFC 9768). */
import { CE, ECN_FIELD } from '../../wire/ecn.ts'
import { type Seq, seqGt } from '../../wire/sequence.ts'
import { CWR, type Segment } from '../../wire/tcp.ts'
import type { EcnFeedback } from '../congestion/controller.ts'
import type { AccurateEcn } from './accurate-ecn.ts'

/** The ECN field of the packet that carried a segment. */
export const ecnField = (segment: Segment): number => segment.trafficClass & ECN_FIELD

/** Holds in a row after which a path is not believed any more. */
const MOST_HOLDS = 3

export class Ecn {
  /** Both sides have agreed to it. */
  on = false
  /** Our packets may say that they are ECN-capable. */
  ect = true
  /** Both sides have agreed to accurate feedback, with its counters; null: to the classic kind. */
  accurate: AccurateEcn | null = null
  /** As a receiver: a mark has come; every ACK says so until the sender answers with CWR (§6.1.3). */
  echoing = false
  /** As a sender: the next new segment tells that the window was reduced (§6.1.2). */
  #tell = false
  /**
   * The window came down, and what tells of it is not acknowledged: until then echoes are of the same marks (§6.1.2: once
   * in a window of data).
   */
  answered = false
  /** SND.NXT when it came down. */
  #toldFrom: Seq = 0

  /** Until when nothing new is sent; how often it has been put off in a row. */
  heldUntil = 0
  #holds = 0

  /**
   * A mark came at a window of one segment: the next one leaves when the timer would have expired (§6.1.2), which backs off.
   * With `fallback` not for ever: of a path that marks even single segments, seconds apart, no queue is the cause. Our
   * packets claim no ECN any more then, so that a router can only drop them, as RFC 9768 §3.2.2.3 has it where everything is
   * marked. (Linux never goes below two segments a round trip, and so keeps sending into whatever marks them.)
   */
  hold(now: number, rto: number, fallback: boolean): void {
    this.heldUntil = now + rto * 2 ** Math.min(this.#holds, 6)
    this.#holds++
    if (fallback && this.#holds > MOST_HOLDS) this.disclaim()
  }

  /** Our packets claim no more that they are ECN-capable. */
  disclaim(): void {
    this.ect = false
  }

  /** An ACK without a mark. */
  cleared(): void {
    if (this.on) this.#holds = 0
  }

  /** The window came down, for an echo or a loss; `nxt` is SND.NXT. */
  windowReduced(nxt: Seq): void {
    if (!this.on) return
    // "A host in AccECN mode MUST NOT set CWR to indicate that" (RFC 9768 §3.1.5).
    this.#tell = this.accurate === null
    this.answered = true
    this.#toldFrom = nxt
  }

  /** SND.UNA has moved: the peer may have heard of the reduction by now. */
  acknowledged(una: Seq): void {
    if (this.answered && seqGt(una, this.#toldFrom)) this.answered = false
  }

  /** True when new text that leaves now has to tell. */
  get telling(): boolean {
    return this.#tell
  }

  told(): void {
    this.#tell = false
  }

  /**
   * Takes the ECN bits of an acceptable segment, as a receiver. The mark comes last: a segment with CWR may be marked anew.
   */
  received(segment: Segment): void {
    if (segment.flags & CWR && segment.length > 0) this.echoing = false
    if (ecnField(segment) === CE) this.echoing = true
  }
}

/** The feedback on marks that the two ends have agreed to. */
export const ecnFeedback = ({ ecn }: { readonly ecn: Pick<Ecn, 'on' | 'accurate'> }): EcnFeedback =>
  ecn.accurate !== null ? 'accurate' : ecn.on ? 'classic' : 'none'

/** Shared by all connections without ECN. Nothing ever changes it. */
export const NO_ECN: Readonly<Ecn> = new Ecn()
