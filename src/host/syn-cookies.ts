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
 * So many cookies are remembered, 8 KB in all: nothing depends on it but that text which overtakes the bare ACK opens the
 * connection, where a listener that remembers nothing would have to reset it, as Linux's does. In a flood they are soon lost.
 */
const LATEST = 1024
/** No SYN,ACK offers more, for it is not scaled. */
const LARGEST_WINDOW = 65_536

const placeOf = (cookie: Seq): number => 2 * (cookie & (LATEST - 1))

/**
 * SYN cookies (RFC 4987 §3.6, appendix A): an ISN that nobody else can compute, of the 4-tuple, the peer's ISN, a counter
 * and a class of MSS. It is F(4-tuple, peer's ISN, counter) + class modulo 2^32, F keyed: no bit of it can be foretold, and
 * one guess in 2^28 is right.
 */
export class SynCookies {
  readonly #secret: Secret
  /** The last cookies made, each followed by the peer's ISN: in pairs, by the low bits of the cookie. Made with the first. */
  #latest: Int32Array | null = null

  constructor(secret: Secret) {
    this.#secret = secret
  }

  /** The cookie for a SYN of this class of MSS that arrives at `now` (ms). */
  make(flow: Flow, syn: Segment, mss: number, now: number): Seq {
    const cookie = seqAdd(this.#secret.cookie(flow, syn.seq, Math.floor(now / TICK)), mss)
    this.#latest ??= new Int32Array(2 * LATEST)
    const at = placeOf(cookie)
    this.#latest[at] = cookie
    this.#latest[at + 1] = syn.seq
    return cookie
  }

  /**
   * The ISN of the peer to whom an ACK returns a cookie: the number before the segment's, unless it is text that has
   * overtaken the bare ACK, and the cookie is among the latest. A guess, until {@link check} has found the cookie good.
   */
  peerIsn(ack: Segment): Seq {
    const plain = seqAdd(ack.seq, -1)
    const cookie = seqAdd(ack.ack, -1)
    const at = placeOf(cookie)
    const latest = this.#latest
    if (latest === null || latest[at] !== cookie) return plain
    const irs = latest[at + 1]!
    const ahead = seqDiff(plain, irs)
    return ahead > 0 && ahead < LARGEST_WINDOW ? irs : plain
  }

  /** The MSS class in the cookie that an ACK returns to a peer, or -1 when it returns none of ours, or one too old. */
  check(flow: Flow, ack: Segment, irs: Seq, now: number): number {
    const cookie = seqAdd(ack.ack, -1)
    const tick = Math.floor(now / TICK)
    for (let age = 0; age < 2; age++) {
      const n = seqDiff(cookie, this.#secret.cookie(flow, irs, tick - age))
      if (n >= 0 && n < COOKIE_CLASSES) return n
    }
    return -1
  }
}
