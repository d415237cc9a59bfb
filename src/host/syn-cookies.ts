import type { Flow } from '../ip/flow.ts'
import { COOKIE_CLASSES } from '../tcp/syn-cookie.ts'
import { type Seq, seqAdd, seqDiff } from '../wire/sequence.ts'
import type { Segment } from '../wire/tcp.ts'
import type { Secret } from './secret.ts'

/** The counter ticks once in so many ms; a cookie is good for this tick and the next. */
const TICK = 64_000

/** The time after the last cookie in which one may still come back, ms. */
export const COOKIE_LIFETIME = 2 * TICK

/**
 * SYN cookies (RFC 4987 §3.6, appendix A): an ISN that nobody else can compute, of the 4-tuple, the peer's ISN, a counter
 * and a class of MSS. It is F(4-tuple, peer's ISN, counter) + class modulo 2^32, F keyed: no bit of it can be foretold, and
 * one guess in 2^28 is right.
 */
export class SynCookies {
  readonly #secret: Secret

  constructor(secret: Secret) {
    this.#secret = secret
  }

  /** The cookie for a SYN of this class of MSS that arrives at `now` (ms). */
  make(flow: Flow, syn: Segment, mss: number, now: number): Seq {
    return seqAdd(this.#secret.cookie(flow, syn.seq, Math.floor(now / TICK)), mss)
  }

  /** The MSS class in the cookie that an ACK returns, or -1 when it returns none of ours, or one too old. */
  check(flow: Flow, ack: Segment, now: number): number {
    const cookie = seqAdd(ack.ack, -1)
    const tick = Math.floor(now / TICK)
    for (let age = 0; age < 2; age++) {
      const n = seqDiff(cookie, this.#secret.cookie(flow, seqAdd(ack.seq, -1), tick - age))
      if (n >= 0 && n < COOKIE_CLASSES) return n
    }
    return -1
  }
}
