import type { CongestionControl } from './controller.ts'

/**
 * Recovery asks for a congestion window of so many bytes: by PRR (RFC 9937), RFC 6582's inflation and deflation, or F-RTO.
 * A controller that keeps its window to itself is left alone.
 */
export const setRecoveryWindow = (control: CongestionControl, bytes: number): void => {
  if (!control.ownsWindow) control.cwnd = bytes
}
