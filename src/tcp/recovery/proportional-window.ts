import type { Connection } from '../block/connection.ts'
import { setRecoveryWindow } from '../congestion/recovery-window.ts'
import type { AckReport } from '../flight/ack-report.ts'

/** The congestion window follows what `ack` has delivered by proportional rate reduction (RFC 9937 §6.2). */
export const reduceWindow = (c: Connection, ack: AckReport): void => {
  const { congestion, recovery } = c
  if (congestion.ownsWindow) return
  const safe =
    ack.acked > 0 && ack.lost === 0 && (recovery.phase !== 'reduction' || c.options.safeAckAfterEcn)
  const { underWay } = c.flight
  setRecoveryWindow(
    congestion,
    recovery.prr.window(ack.delivered, underWay, congestion.ssthresh, c.snd.mss, safe),
  )
}
