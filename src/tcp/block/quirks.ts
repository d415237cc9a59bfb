/**
 * Ways of Linux, and of other peers, that no RFC has, or that an RFC has differently. Few users need to know of them: with
 * all of Linux's on (posix/linux-profile.ts) a comparison with its kernel compares like with like. Three are on by default,
 * since peers out there need them.
 */
export interface TcpQuirks {
  // Peers that may be met.

  /**
   * A segment without the timestamps that were agreed on is taken (RFC 7323 §3.2 drops it). Default on: Windows' and
   * Apple's keep-alives have none, nor has what a middlebox has stripped.
   */
  timestampsMayMiss: boolean
  /**
   * After the peer's FIN a reset one below RCV.NXT is taken (RFC 5961 §3.2 drops it). Default on: Apple's TCP does not count
   * its FIN.
   */
  resetMayMissFin: boolean
  /**
   * A SYN that may not open the connection anew in TIME-WAIT is answered with an ACK, now and then, and the exact reset
   * that this draws ends TIME-WAIT, whatever timeWaitIgnoresRst says (RFC 6191 §2 drops the SYN in silence). Default on: a
   * NAT may have given the port to another host.
   */
  timeWaitAnswersSyn: boolean
  /** An acknowledgment of what was not sent is answered (§3.10.7.4). Default on. Off: dropped, as Linux did before 6.18. */
  answersUnsentAck: boolean

  // Opening.

  /**
   * A SYN,ACK whose timestamp echo is none of ours is answered with a RST and not taken: it is from an earlier
   * connection.
   */
  checksSynEcho: boolean
  /** The SYN,ACK of a peer whose SYN has crossed ours is acknowledged, as the duplicate that its SYN is. */
  acksCrossingSyn: boolean
  /**
   * The MSS that is offered follows what is known of the path, not the link alone (MUST-67): the way back may be as
   * narrow.
   */
  offersPathMss: boolean
  /**
   * So many timeouts of a SYN come at even intervals, beside `synRetries`, before the timer backs off (RFC 6298 (5.5) has it
   * back off at once): tcp_syn_linear_timeouts, of Linux since 6.5.
   */
  synLinearTimeouts: number
  /** A SYN that is a FIN, too, is dropped by a listener: it is meant to get past filters. §3.10.7.2 takes it. */
  dropsSynWithFin: boolean
  /** A reset that comes once SYNs have crossed is ECONNRESET, not "connection refused" (§3.10.7.4). */
  refusedInSynSentOnly: boolean
  /** The initial window has its segments however large they are; RFC 6928 §2 stops at 14600 bytes, or two segments. */
  initialWindowInSegments: boolean
  /** Soft ICMP errors too end a connection that is being opened (MUST-56 has them not): the user need not wait so long. */
  softErrorsEndOpening: boolean
  /**
   * As a client, a server that has given no cookie is asked once by the option of RFC 6994's experiment: old ones know
   * no other.
   */
  fastOpenExperiment: boolean
  /**
   * Text of a SYN that its SYN,ACK has not taken goes again by itself, pushed, and is no small segment that Nagle
   * would wait for.
   */
  fastOpenApart: boolean
  /** As a server, a SYN with a good cookie opens the connection at once also without text. */
  fastOpenEmpty: boolean

  // Receiving.

  /**
   * The window begins with the whole segments that fit the buffer, grows by two for each that comes, is rounded up to units,
   * and moves by segments of the peer's where nothing scales it.
   */
  windowGrows: boolean
  /**
   * Segments at the beginning that are acknowledged at once, for the peer's slow start; but not while we answer within the
   * time of a delayed ACK, so that ACKs can ride along.
   */
  quickAcks: number
  /**
   * Text for a connection that nobody reads any more draws a reset with the number that it acknowledges, without ACK; else
   * with SND.NXT, where a peer takes it that has received all.
   */
  orphanResetByAck: boolean
  /**
   * Text and FINs that are not acceptable are answered beside the ration of ACKs (§3.10.7.4): Linux takes only what has neither,
   * and SYNs, for a loop (tcp_oow_rate_limited()). Default off: a peer may send again on each answer.
   */
  textBesideRation: boolean
  /** Text received in order may still be read after a RST or another error (§3.10.7.4 has it flushed). */
  resetKeepsText: boolean

  // Sending.

  /** Nagle as Minshall has it: a small segment waits only for one that was small itself. */
  minshall: boolean
  /** PSH on every super-segment, not only where what was sent ends: the peer's receive offload hands it on at once. */
  pushSuperSegments: boolean
  /** Largest window whose half does not bound segments, bytes: a peer with so little acknowledges each as it comes. */
  wholeWindow: number
  /**
   * Segments that a super-segment may have at least; its size follows the pacing rate (TSO autosizing), so that bursts stay
   * small. 0: as many as the link takes.
   */
  tsoSegments: number
  /**
   * Text that a router calls too large goes again at once, all of it in smaller pieces; RFC 1191 §6.5 warns of the burst:
   * else one segment goes, and the rest with the ACKs.
   */
  resendsAllTooLarge: boolean
  /** A shut window is probed without text, by an old sequence number, not by one octet (§3.8.6.1). */
  emptyWindowProbes: boolean
  /** Lower bound of what the RTO adds to the round trip, ms: Linux's way to a minimum, instead of minRto. */
  minRttMargin: number
  /** Slow start goes on while half of the window is used, not only while it is full (RFC 7661 §4.1). */
  growsHalfUsed: boolean
  /** Without SACK a duplicate ACK stands for a segment, which the next ACK then does not count as delivered. */
  duplicatesCount: boolean
  /**
   * The ACK that ends a recovery lets the window grow already, and NewReno, too, ends with all of ssthresh: RFC 6582 §3.2 step 3
   * allows it, but warns of the burst.
   */
  recoveryEndsWhole: boolean
  /**
   * Proportional rate reduction sends a segment more for each good ACK (RFC 9937 §6.2's SafeACK) after an ECN echo too.
   * Default on. Off: in recovery alone, as Linux's tests have it.
   */
  safeAckAfterEcn: boolean
  /**
   * With accurate ECN all packets say that they are ECN-capable, ACKs and retransmissions too, where RFC 3168 §6.1.4 and
   * §6.1.5 allow new text alone.
   */
  ecnOnAllSegments: boolean
  /** With accurate ECN a repetition of what was acknowledged last counts as received, though it is not acceptable. */
  marksOfRepeatsCount: boolean

  // Giving up.

  /**
   * The peer is sent a reset when R2, the user timeout or unanswered probes of a shut window end a connection. RFC 9293
   * §3.10.8 has none: nobody there has answered. (ABORT, unanswered keep-alives and an orphan whose peer keeps its window
   * shut are always told.)
   */
  resetOnGivingUp: boolean
  /**
   * The user timeout counts also while the peer keeps its window shut and answers probes (RFC 6429 leaves it open). After
   * CLOSE it always does.
   */
  userTimeoutWhileShut: boolean
}

export const DEFAULT_QUIRKS: Readonly<TcpQuirks> = {
  timestampsMayMiss: true,
  resetMayMissFin: true,
  timeWaitAnswersSyn: true,
  answersUnsentAck: true,
  checksSynEcho: false,
  acksCrossingSyn: false,
  offersPathMss: false,
  synLinearTimeouts: 0,
  dropsSynWithFin: false,
  refusedInSynSentOnly: false,
  initialWindowInSegments: false,
  softErrorsEndOpening: false,
  fastOpenExperiment: false,
  fastOpenApart: false,
  fastOpenEmpty: false,
  windowGrows: false,
  quickAcks: 0,
  orphanResetByAck: false,
  textBesideRation: false,
  resetKeepsText: false,
  minshall: false,
  pushSuperSegments: false,
  wholeWindow: 0,
  tsoSegments: 0,
  resendsAllTooLarge: false,
  emptyWindowProbes: false,
  minRttMargin: 0,
  growsHalfUsed: false,
  duplicatesCount: false,
  recoveryEndsWhole: false,
  safeAckAfterEcn: true,
  ecnOnAllSegments: false,
  marksOfRepeatsCount: false,
  resetOnGivingUp: false,
  userTimeoutWhileShut: false,
}

/** Bounds of the numbers, inclusive. */
export const QUIRK_LIMITS: { readonly [K in keyof TcpQuirks]?: readonly [number, number] } = {
  synLinearTimeouts: [0, 127],
  quickAcks: [0, 65_535],
  wholeWindow: [0, 65_535],
  tsoSegments: [0, 65_535],
  minRttMargin: [0, 60_000],
}
