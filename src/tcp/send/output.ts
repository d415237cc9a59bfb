/** Output: decides what may be sent now, RFC 9293 §3.7.4, §3.8.6.2.1; RFC 5681, RFC 6675 §5, RFC 8985 §8. */
import { seqDiff } from '../../wire/sequence.ts'
import type { Connection } from '../block/connection.ts'
import { NOTICE_WRITABLE } from '../block/connection-user.ts'
import { FRTO_SECOND } from '../block/recovery-state.ts'
import { NO_TRAFFIC } from '../block/traffic-counters.ts'
import { Pacer } from '../congestion/pacing.ts'
import type { Transmission } from '../flight/transmission.ts'
import { fewUnsent } from '../queues/send-buffer.ts'
import { sendForward } from '../recovery/f-rto.ts'
import { sendFront } from '../recovery/front.ts'
import { lossRecovery } from '../recovery/loss-recovery.ts'
import { refreshPathMtu, sendPathProbe } from '../recovery/path-mtu-discovery.ts'
import { somethingToSend } from '../recovery/retransmit-timer.ts'
import { acknowledge } from './acknowledgment.ts'
import { earlyTextLeft } from './fast-open.ts'
import { restartWindow } from './initial-window.ts'
import { sendMss } from './mss.ts'
import { worthSending } from './silly-window.ts'
import { largestText } from './super-segments.ts'
import { superviseSending } from './supervision.ts'
import { resend, sendNew } from './transmit.ts'

/** The states in which text and FIN leave; the handshake's have their own segments. */
const maySend = (c: Connection): boolean => {
  switch (c.state) {
    case 'ESTABLISHED':
    case 'CLOSE_WAIT':
    case 'FIN_WAIT_1':
    case 'CLOSING':
    case 'LAST_ACK':
      return true
    case 'SYN_RECEIVED':
      // An answer to the text on the SYN need not wait (RFC 7413 §4.2.2 step 6).
      return c.fastOpen?.opened ?? false
    default:
      return false
  }
}

/**
 * Sends what may be sent now: what was lost first, then new text, as far as the peer's window, the congestion window,
 * pacing, Nagle (§3.7.4) and the sender's silly-window rule (§3.8.6.2.1) allow, in the largest segments the link takes;
 * then an acknowledgment if one is owed and nothing has carried it.
 */
export const output = (c: Connection): void => {
  // A connection that only receives skips all of this.
  if (!c.resting && maySend(c)) {
    if (c.allAcked && somethingToSend(c)) restartAfterIdle(c)
    const before = c.snd.nxt
    refreshPathMtu(c)
    sendWindow(c)
    if (c.snd.nxt !== before) {
      c.flight.usage.sent(c)
      // Text that has left makes room, too, where it is bounded how much may wait for that.
      if (!fewUnsent(c, before) && fewUnsent(c)) c.wake(NOTICE_WRITABLE)
    }
    superviseSending(c, c.snd.nxt !== before)
    if (c.traffic !== NO_TRAFFIC || c.sendQueue.length > 0) c.ownTraffic().sentAll(c)
    c.resting = c.allAcked && !somethingToSend(c)
  }
  c.flushing = false
  acknowledge(c)
}

const sendWindow = (c: Connection): void => {
  c.windowLimited = false
  sendFront(c)
  if (c.pathMtu.waiting) return
  // F-RTO waits to see whether what seems lost is: meanwhile new text goes (RFC 5682 §2.1 (2b)).
  if (c.recovery.frto === FRTO_SECOND && (c.recovery.forward === 0 || sendForward(c))) return
  while (somethingToSend(c)) {
    const lost = c.flight.nextLost
    if (!(lost === null ? sendNext(c) : sendLost(c, lost))) break
  }
  if (c.recovery.phase === 'recovery') fillHoles(c)
  // Text that Nagle holds back is no supply. (Text that waits for the window or the pacer is.)
  const { flight } = c
  const supply = flight.nextLost !== null || seqDiff(c.sendEnd, c.snd.nxt) >= c.snd.mss
  if (!supply && flight.underWay < c.congestion.cwnd) c.rate = c.rate.applicationLimited(flight.underWay)
}

/** Bytes that the congestion window leaves; the first two duplicate ACKs let a segment more go each (RFC 3042). */
const congestionRoom = (c: Connection): number => {
  const { recovery, congestion, flight } = c
  const extra = !c.sack && recovery.phase === 'open' ? Math.min(2, recovery.duplicateAcks) * c.snd.mss : 0
  return congestion.cwnd + extra - flight.underWay
}

/** Bytes that pacing (or the hold of an ECN echo) lets go now; arms the timer for the next when it is none. */
const pacingRoom = (c: Connection): number => {
  const held = c.ecn.heldUntil - c.env.now
  if (held > 0) {
    wakeLater(c, held)
    return 0
  }
  const rate = c.congestion.pacingRate
  if (rate <= 0) {
    // What leaves unpaced is no debt of a pacer's that is needed later.
    if (c.pacer !== null) c.pacer = null
    return Number.POSITIVE_INFINITY
  }
  const pacer = c.pacer ?? c.congestion.pacer?.() ?? new Pacer()
  c.pacer = pacer
  const allowed = pacer.allowed(rate, c.snd.mss, c.env.now)
  if (allowed === 0) wakeLater(c, pacer.wait(rate, c.snd.mss))
  return allowed
}

const wakeLater = (c: Connection, delay: number): void => {
  if (!c.pacingTimer.armed) c.pacingTimer = c.arm(c.pacingTimer, 'pacing', delay)
}

/** Sends a lost transmission, or as much of it as may go. Says whether to go on. */
const sendLost = (c: Connection, t: Transmission): boolean => {
  const mss = sendMss(c)
  const offered = c.snd.wnd - seqDiff(t.seq, c.snd.una)
  if (offered < 1) return false
  const room = congestionRoom(c)
  if (room < Math.min(mss, t.length)) {
    c.windowLimited = true
    return false
  }
  const allowed = t.retransmitted ? c.recovery.again : Number.POSITIVE_INFINITY
  if (allowed < Math.min(mss, t.length)) return false
  const paced = pacingRoom(c)
  if (paced === 0) return false
  const fits = Math.min(offered, room, allowed, paced, largestText(c, mss))
  const limit = fits >= mss ? fits - (fits % mss) : fits
  c.pacer?.sent(Math.min(limit, t.length))
  resend(c, t, limit, c.recovery.phase === 'loss' ? 'after timeout' : 'lost')
  return true
}

/** Sends the next new text, or the FIN. Says whether to go on. */
const sendNext = (c: Connection): boolean => {
  const { snd } = c
  const before = snd.nxt
  const queued = seqDiff(c.sendEnd, snd.nxt)
  const early = earlyTextLeft(c, snd.nxt)
  const pending = early > 0 ? Math.min(early, queued) : queued
  // A SYN's window counts from our first octet: it acknowledges nothing.
  const offered = snd.wnd - c.inFlight + (c.synAcked ? 0 : 1)
  // More segments would not be told apart: those that are out must be acknowledged first.
  if (c.flight.crowded) return false
  if (pending === 0) {
    // A FIN takes a sequence number of the window but is not held back by the congestion window.
    if (offered >= 1) sendNew(c, 0, 'FIN')
    return false
  }
  const mss = sendMss(c)
  const room = congestionRoom(c)
  const record = c.sendQueue.untilRecordEnd(before)
  const end = Math.min(pending, record)
  if (c.pathMtu.searching && sendPathProbe(c, end, offered, room)) return c.snd.nxt !== before
  const allowed = Math.min(offered, room)
  let fits = Math.min(end, allowed, largestText(c, mss))
  // The mark of a reduced window is for one segment, not for all that a device would cut from a large one.
  if (c.ecn.on && c.ecn.telling) fits = Math.min(fits, mss)
  if (fits <= 0) {
    c.windowLimited = allowed < offered
    return false
  }
  const paced = pacingRoom(c)
  if (paced === 0) return false
  if (paced < fits) fits = paced >= mss ? paced - (paced % mss) : fits
  // Nothing more comes to the end of a record that others have followed.
  const whole = fits === end && end < pending
  const length = whole ? fits : worthSending(c, Math.floor(fits), end, offered, mss)
  if (length === 0) {
    c.windowLimited = allowed < offered && fits < pending
    return false
  }
  c.pacer?.sent(length)
  sendNew(c, length, 'data', length < offered)
  // The window filled to less than a segment: that is what "cwnd-limited" means for its growth.
  if (c.flight.underWay + snd.mss > c.congestion.cwnd) c.windowLimited = true
  return true
}

/** RFC 6675 §4, NextSeg (3) and (4): when nothing is known lost and nothing is new. */
const fillHoles = (c: Connection): void => {
  const { nextHole } = lossRecovery(c)
  if (nextHole === undefined) return
  const mss = sendMss(c)
  for (let room = congestionRoom(c); room >= mss && !somethingToSend(c); room -= mss) {
    const t = nextHole(c, mss)
    if (t === null) return
    resend(c, t, mss, t.lost ? 'lost' : 'rescue')
  }
}

/** RFC 5681 §4.1: what was learned about the path is old after an RTO of silence. */
const restartAfterIdle = (c: Connection): void => {
  if (c.options.idleRestart && c.sentAt > 0 && c.env.now - c.sentAt > c.rto.value)
    c.congestion.restart(restartWindow(c), c.env.now)
}
