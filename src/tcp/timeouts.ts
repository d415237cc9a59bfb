/** The timers of a connection, RFC 9293 §3.10.8 and §3.8. */
import type { Connection } from './block/connection.ts'
import type { TimerKind } from './block/events.ts'
import { ACK_NONE } from './block/packed-flags.ts'
import { resendsSynAck } from './deferred-accept.ts'
import { fail } from './ending.ts'
import { exhausted, givenUp, retryLimit } from './giving-up.ts'
import { reorderingTimeout, timedOut } from './recovery/recovery.ts'
import { armTimeout } from './recovery/retransmit-timer.ts'
import { sendTailLossProbe } from './recovery/tail-loss-probe.ts'
import { sendAck, sendSyn } from './send/emit.ts'
import { keepAliveTimeout } from './send/keep-alive.ts'
import { persistTimeout } from './send/persist.ts'
import { superviseSending } from './send/supervision.ts'

/** A timer of the connection has expired. */
export const timeout = (c: Connection, kind: TimerKind): void => {
  c.env.packetTrace?.({ type: 'timer', time: c.env.now, connection: c, timer: kind, action: 'fired' })
  switch (kind) {
    case 'retransmission':
      retransmissionTimeout(c)
      break
    case 'persist':
      persistTimeout(c)
      break
    case 'tail-loss-probe':
      tailLossTimeout(c)
      break
    case 'reordering':
      reorderingTimeout(c)
      superviseSending(c)
      break
    case 'pacing':
      c.wake()
      break
    case 'delayed-ack':
      if (c.ackDue === ACK_NONE) break
      // Nothing has come along that it could have ridden on.
      c.pingPong = false
      sendAck(c, 'delayed ACK')
      break
    case 'keep-alive':
      keepAliveTimeout(c)
      break
    case 'fin-wait-2':
      fail(c, 'FIN_WAIT_2 timeout', 'timeout', null)
      break
  }
}

const retransmissionTimeout = (c: Connection): void => {
  if (givenUp(c)) return
  const syn = !c.synAcked
  if (exhausted(c, retryLimit(c, syn))) return
  const troubles = c.ownTroubles()
  troubles.timedOut(c.env.now)
  if (c.state !== 'SYN_SENT' || troubles.timeouts > c.options.synLinearTimeouts) c.rto.backOff()
  if (syn) {
    if (c.state === 'SYN_SENT') sendSyn(c, 'SYN retransmission')
    else if (resendsSynAck(c)) sendSyn(c, 'SYN,ACK again')
  } else {
    timedOut(c)
  }
  armTimeout(c)
}

/** RFC 8985 §7.3: the probe leaves, and the retransmission timer takes over. */
const tailLossTimeout = (c: Connection): void => {
  if (givenUp(c)) return
  sendTailLossProbe(c)
  armTimeout(c)
}
