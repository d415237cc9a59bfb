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

/** Shared by all connections that have never sent a probe. Nothing ever changes it. */
export const NO_PROBE: Readonly<TailLossProbe> = new TailLossProbe()
