import type { ErrorCode } from './error.ts'

/** Counts what is out of the ordinary on a connection: losses, timeouts, errors, the peer's odd segments. Times in ms. */
export class TroubleCounters {
  /** The last trouble that did not end it. */
  softErrorCode: ErrorCode = 'ETIMEDOUT'
  softErrorText = ''
  /** The last ICMP error: if the connection times out after all, that is the reason given (SHLD-25). */
  icmpErrorCode: ErrorCode | null = null
  /** The number of times that the SYN or SYN,ACK had to be sent again (RFC 6298 (5.7), RFC 6928 §2). */
  synRetransmissions = 0
  /** The first flight was too much for the path (RFC 6928 §2). */
  initialLoss = false
  /** All retransmissions there were, for status. */
  retransmissions = 0
  bytesRetransmitted = 0
  /** Octets, FINs counted, that were sent again, and that D-SACKs have spoken of. */
  octetsResent = 0
  octetsDuplicate = 0
  /** Losses that were none (RFC 5682, RFC 3522, RFC 2883), for status. */
  undos = 0
  /** Probes of an idle peer that it has not answered. */
  keepAliveProbes = 0
  /** REMOTE_UTO (RFC 5482), ms; 0 before the peer has told. */
  remoteUserTimeout = 0
  /** Challenge ACKs and other answers to what is not acceptable, and since when they are counted (RFC 5961 §7). */
  challenges = 0
  challengesSince = 0
  /** Segments with text that were not acceptable; of those that repeated old text, so many were answered. */
  textRefused = 0
  duplicatesAnswered = 0
  /** For TCP_INFO: segments with text above a gap; bytes that ACKs with an ECN echo have delivered; D-SACKs. */
  outOfOrder = 0
  bytesMarked = 0
  duplicateSacks = 0
  /** Retransmission timeouts; how many rows of them; and how long they took until something was acknowledged, ms. */
  timeouts = 0
  timeoutRecoveries = 0
  #timeoutTime = 0
  /** Since when there has been no progress after a timeout; -1 while there is. */
  timeoutSince = -1

  timedOut(now: number): void {
    this.timeouts++
    if (this.timeoutSince >= 0) return
    this.timeoutSince = now
    this.timeoutRecoveries++
  }

  /** Something new is acknowledged. */
  progress(now: number): void {
    if (this.timeoutSince < 0) return
    this.#timeoutTime += now - this.timeoutSince
    this.timeoutSince = -1
  }

  timeoutTime(now: number): number {
    return this.#timeoutTime + (this.timeoutSince < 0 ? 0 : now - this.timeoutSince)
  }
}

/** Shared by all connections on which all is well. Nothing ever changes it. */
export const NO_TROUBLES: Readonly<TroubleCounters> = new TroubleCounters()
