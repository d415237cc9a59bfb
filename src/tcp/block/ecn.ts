/** Explicit congestion notification, RFC 3168 §6.1: what a connection remembers of it, in both directions. */
import { type Seq, seqGt } from '../../wire/sequence.ts'
import { ACK, CWR, ECE, type Segment, SYN } from '../../wire/tcp.ts'
import type { TcpOptions } from './options.ts'

/** The ECN field of the IPv4 header (RFC 3168 §5). */
export const ECT_0 = 2
export const CE = 3

export class Ecn {
  /** Both sides have agreed to it. */
  on = false
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

  /** A mark came at a window of one segment: the next one leaves when the timer would have expired (§6.1.2). */
  hold(now: number, rto: number): void {
    this.heldUntil = now + rto * 2 ** Math.min(this.#holds, 6)
    this.#holds++
  }

  /** An ACK without a mark. */
  cleared(): void {
    if (this.on) this.#holds = 0
  }

  /** The window came down, for an echo or a loss; `nxt` is SND.NXT. */
  windowReduced(nxt: Seq): void {
    if (!this.on) return
    this.#tell = true
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
    if ((segment.trafficClass & 3) === CE) this.echoing = true
  }
}

/** Shared by all connections without ECN. Nothing ever changes it. */
export const NO_ECN = new Ecn()

/** §6.1.1: what the peer's SYN or SYN,ACK says to our wish. */
export const negotiateEcn = (
  segment: Segment,
  active: boolean,
  option: TcpOptions['ecn'],
  asked: boolean,
): Ecn => {
  const bits = segment.flags & (ECE | CWR)
  if (!(active ? asked && bits === ECE : option !== 'off' && bits === (ECE | CWR))) return NO_ECN
  const ecn = new Ecn()
  ecn.on = true
  return ecn
}

/** The flags that ECN adds to our SYN or SYN,ACK. */
export const ecnSetup = (flags: number, asks: boolean, agreed: boolean): number => {
  if ((flags & (SYN | ACK)) === SYN) return asks ? ECE | CWR : 0
  return agreed ? ECE : 0
}
