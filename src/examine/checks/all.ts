/** All checks, in the order of a connection's life. */
import type { Check } from '../check.ts'
import { ACCURATE_ECN } from './accurate-ecn.ts'
import { CLOSING } from './closing.ts'
import { CONGESTION } from './congestion.ts'
import { DIALLING } from './dialling.ts'
import { HANDSHAKE } from './handshake.ts'
import { HOSTILE } from './hostile.ts'
import { ICMP } from './icmp.ts'
import { IN_EVERY_STATE, SYN_WHILE_HALF_OPEN } from './in-every-state.ts'
import { OPTIONS } from './options.ts'
import { OWN_WINDOW } from './own-window.ts'
import { RECEIVING } from './receiving.ts'
import { SEGMENT_SIZE } from './segment-size.ts'
import { SELECTIVE } from './selective.ts'
import { SENDING } from './sending.ts'
import { TIMESTAMPS } from './timestamps.ts'

export const CHECKS: readonly Check[] = [
  ...HANDSHAKE,
  ...DIALLING,
  ...IN_EVERY_STATE,
  ...SYN_WHILE_HALF_OPEN,
  ...OPTIONS,
  ...SEGMENT_SIZE,
  ...TIMESTAMPS,
  ...RECEIVING,
  ...OWN_WINDOW,
  ...SELECTIVE,
  ...SENDING,
  ...CONGESTION,
  ...ACCURATE_ECN,
  ...ICMP,
  ...CLOSING,
  ...HOSTILE,
]
