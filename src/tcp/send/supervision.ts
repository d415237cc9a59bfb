import type { Connection } from '../block/connection.ts'
import { armProbe, armRetransmission, somethingToSend } from '../recovery/retransmit-timer.ts'
import { mayProbe } from '../recovery/tail-loss-probe.ts'
import { armPersist } from './persist.ts'

/** Keeps exactly one timer going, if there is something to watch. `sent`: new text has just left. */
export const superviseSending = (c: Connection, sent = false): void => {
  const timer = c.retransmitTimer
  if (!c.allAcked) {
    // A SYN (of a FIN-WAIT-1 that comes from SYN-RECEIVED) needs no window.
    if (c.snd.wnd === 0 && c.synAcked) {
      if (!timer.armed || timer.kind !== 'persist') armPersist(c)
    } else if (!timer.armed || timer.kind === 'persist') {
      armRetransmission(c)
    } else if (sent && timer.kind !== 'reordering' && mayProbe(c)) {
      armProbe(c)
    }
  } else if (somethingToSend(c) && !(c.snd.wnd > 0 && c.pacingTimer.armed)) {
    // Nothing is under way that could bring an ACK: the window is shut, or too small to be worth it.
    if (!timer.armed || timer.kind !== 'persist') armPersist(c)
  } else {
    c.retransmitTimer = c.disarm(timer)
  }
}
