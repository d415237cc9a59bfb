import type { PathMtuEvent, RecoveryEvent } from '../tcp/block/events.ts'
import { connectionText } from './transition-text.ts'

/** `192.0.2.1:40112 → 192.0.2.2:80  recovery: RACK, cwnd 7240, ssthresh 7240, 1448 bytes lost` */
export const recoveryText = (e: RecoveryEvent): string =>
  `${connectionText(e.connection)}  ${e.undone ? 'nothing was lost' : e.phase}: ${e.cause}, cwnd ${Math.floor(e.cwnd)}, ` +
  `ssthresh ${Math.floor(e.ssthresh)}${e.lost > 0 ? `, ${e.lost} bytes lost` : ''}`

/** `192.0.2.1:40112 → 192.0.2.2:80  packets of 1400 bytes, not 1500: ICMP` */
export const pathMtuText = (e: PathMtuEvent): string =>
  `${connectionText(e.connection)}  packets of ${e.to} bytes, not ${e.from}: ${e.cause}`
