import type { Seq } from '../../wire/sequence.ts'

/** The state of a connection's tail loss probe (RFC 8985 §7.1). */
export class TailLossProbe {
  /** A probe is out, and nothing from {@link end} on is acknowledged. */
  outstanding = false
  /** TLP.end_seq */
  end: Seq = 0
  /** TLP.is_retrans */
  retransmission = false
  /** A round trip was measured since the last probe (§7.3). */
  measured = true
}

/** Of a connection that has never sent a probe: one for all, which nothing ever changes. */
export const NO_PROBE = new TailLossProbe()
