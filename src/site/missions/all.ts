/** The missions, in the order in which they are best tried. */
import { closeWait, closing, gone, halfClose, lastAck, lateFin, ports, reuse } from './closing.ts'
import { blackHole, deadlock, delayedAck, quickRepair, zeroWindow } from './flow.ts'
import type { Mission } from './mission.ts'
import { halfOpen, refused, silence, simultaneousOpen } from './opening.ts'

export const MISSIONS: readonly Mission[] = [
  refused,
  silence,
  halfClose,
  closing,
  simultaneousOpen,
  closeWait,
  lateFin,
  lastAck,
  ports,
  reuse,
  zeroWindow,
  deadlock,
  gone,
  halfOpen,
  quickRepair,
  delayedAck,
  blackHole,
]
