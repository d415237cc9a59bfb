import type { Connection } from '../block/connection.ts'
import type { RecoveryCause } from '../block/events.ts'

/** Reports on the event stream that recovery has come to another phase, or its window to another size. */
export const traceRecovery = (c: Connection, cause: RecoveryCause, undone = false): void => {
  c.env.trace?.({
    type: 'recovery',
    time: c.env.now,
    connection: c,
    phase: c.recovery.phase,
    cause,
    undone,
    cwnd: c.congestion.cwnd,
    ssthresh: c.congestion.ssthresh,
    lost: c.flight.lost,
  })
}
