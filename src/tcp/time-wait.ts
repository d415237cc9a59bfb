import { Flow } from '../ip/flow.ts'
import { aceFlags } from '../wire/accurate-ecn.ts'
import { type Seq, seqDiff, seqGeq, seqGt } from '../wire/sequence.ts'
import { ACK, FIN, RST, type Segment, SYN } from '../wire/tcp.ts'
import type { Connection } from './block/connection.ts'
import type { Environment } from './block/environment.ts'
import type { Cause } from './block/events.ts'
import { OutgoingSegment, type SegmentSource, sendSegment } from './block/outgoing.ts'
import type { Timer } from './block/timer.ts'
import { isOldDuplicate } from './block/timestamps.ts'
import { offerWindow, receiveWindow } from './queues/receive-window.ts'
import { besideRation, type Ration, takeRation } from './send/challenge-ack.ts'
import { type StateEvent, transitionFor } from './state.ts'

const out = new OutgoingSegment()

/** A connection in TIME-WAIT is only this: enough to acknowledge the peer's FIN again and to judge a SYN. */
export class TimeWait extends Flow implements SegmentSource, Ration {
  readonly active: boolean
  /** For the host's list of these records. */
  place: unknown = null
  readonly sendQueue = null
  readonly options: Connection['options']
  readonly sndNxt: Seq
  readonly rcvNxt: Seq
  readonly window: number
  readonly windowBytes: number
  /** The ACE field of its ACKs (RFC 9768 §3.2.2): no more marks are counted. */
  readonly ace: number
  readonly timestamps: boolean
  readonly tsOffset: number
  tsRecent: number
  tsRecentAt: number
  readonly since: number
  ackedAt = Number.NEGATIVE_INFINITY
  challenges = 0
  challengesSince = 0
  /** A SYN was answered: the reset that this draws is the peer's. */
  synAnswered = false
  readonly timer: Timer

  constructor(c: Connection) {
    super(c.localAddress, c.localPort, c.remoteAddress, c.remotePort)
    this.route = c.route
    this.active = c.active
    this.options = c.options
    this.sndNxt = c.snd.nxt
    this.rcvNxt = c.rcv.nxt
    this.window = offerWindow(c, false)
    this.windowBytes = receiveWindow(c)
    this.ace = c.ecn.accurate === null ? 0 : aceFlags(c.ecn.accurate.r.cep)
    this.timestamps = c.timestamps
    this.tsOffset = c.tsOffset
    this.tsRecent = c.tsRecent
    this.tsRecentAt = c.tsRecentAt
    this.since = c.env.now
    this.timer = c.env.newTimer(this, '2msl')
  }
}

/** Sends <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>: the last ACK of the connection, as often as it takes. */
export const sendLastAck = (env: Environment, record: TimeWait): void => {
  out.reset(record.sndNxt, record.rcvNxt, ACK | record.ace, record.window, 'ack of FIN')
  out.timestamps = record.timestamps
  out.tsVal = (Math.floor(env.now) + record.tsOffset) | 0
  out.tsEcr = record.tsRecent
  sendSegment(env, record, out)
}

/** Ends a record by an event of the state table. */
export const endTimeWait = (env: Environment, record: TimeWait, event: StateEvent, cause: Cause): void => {
  env.disarm(record.timer)
  const row = transitionFor('TIME_WAIT', event)
  env.trace?.({
    type: 'transition',
    time: env.now,
    connection: record,
    from: row.from,
    to: row.to,
    event,
    section: row.section,
    cause,
  })
}

/** Starts (or restarts) the 2MSL timer. */
export const armTimeWait = (env: Environment, record: TimeWait): void => {
  const at = env.now + 2 * record.options.msl
  env.arm(record.timer, at)
  env.packetTrace?.({ type: 'timer', time: env.now, connection: record, timer: '2msl', action: 'armed', at })
}

/** RFC 6191 §2: whether a SYN may end TIME-WAIT and open the connection anew. */
const mayReuse = (record: TimeWait, segment: Segment, now: number): boolean => {
  // Beyond the last sequence number used, which is that of the FIN.
  const laterSeq = seqGeq(segment.seq, record.rcvNxt)
  // The new connection would have timestamps if the peer offers them: we have not changed since the old one.
  const timestamps = segment.hasTimestamps && record.options.timestamps
  if (!record.timestamps) return timestamps || laterSeq
  if (!timestamps) return laterSeq
  if (isOldDuplicate(record, segment, now)) return false
  return seqDiff(segment.tsVal, record.tsRecent) !== 0 || laterSeq
}

/**
 * SEGMENT ARRIVES in TIME-WAIT (§3.10.7.4). Returns 'reuse' when the segment is a SYN that may open the
 * connection anew (the caller then ends the record and gives the SYN to a listener), 'end' when a RST is to end
 * it, else null.
 */
export const timeWaitArrives = (
  env: Environment,
  record: TimeWait,
  segment: Segment,
): 'reuse' | 'end' | null => {
  const { flags } = segment
  if ((flags & (SYN | RST | ACK)) === SYN) {
    if (mayReuse(record, segment, env.now)) return 'reuse'
    env.drop('time-wait-syn')
    if (record.options.timeWaitAnswersSyn && takeRation(record, record.options, env.now)) {
      record.synAnswered = true
      sendLastAck(env, record)
    }
    return null
  }
  const offset = seqDiff(segment.seq, record.rcvNxt)
  const inWindow = offset === 0 || (offset > 0 && offset < record.windowBytes)
  if (flags & RST) {
    if (segment.seq === record.rcvNxt && (!record.options.timeWaitIgnoresRst || record.synAnswered))
      return 'end'
    env.drop('time-wait-rst')
    return null
  }
  if (record.timestamps && segment.hasTimestamps && isOldDuplicate(record, segment, env.now)) {
    env.drop('paws')
    answer(env, record, segment)
    return null
  }
  if (!(flags & ACK)) {
    env.drop('ack-missing')
    return null
  }
  const end = (segment.seq + segment.sequenceLength) | 0
  if (flags & FIN && end === record.rcvNxt) {
    // "The only thing that can arrive in this state is a retransmission of the remote FIN."
    if (besideRation(segment, record.options) || takeRation(record, record.options, env.now))
      sendLastAck(env, record)
    armTimeWait(env, record)
    return null
  }
  // Not acceptable by its number, or by what it acknowledges (§3.5.2).
  if (segment.sequenceLength > 0 || !inWindow || seqGt(segment.ack, record.sndNxt))
    answer(env, record, segment)
  env.drop('time-wait-other')
  return null
}

/** Acknowledges something unacceptable, now and then; what carries nothing more rarely. */
const answer = (env: Environment, record: TimeWait, segment: Segment): void => {
  if (segment.sequenceLength === 0 && env.now - record.ackedAt < record.options.timeWaitAckInterval) return
  if (!besideRation(segment, record.options) && !takeRation(record, record.options, env.now)) return
  record.ackedAt = env.now
  sendLastAck(env, record)
}
