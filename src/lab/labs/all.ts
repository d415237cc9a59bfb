import type { Lab } from '../lab.ts'
import { closeBoth } from './close-both.ts'
import { closeClient } from './close-client.ts'
import { closeServer } from './close-server.ts'
import { closeWait } from './close-wait.ts'
import { connectTimeout } from './connect-timeout.ts'
import { delayedAck } from './delayed-ack.ts'
import { finWait2 } from './fin-wait-2.ts'
import { halfClose } from './half-close.ts'
import { handshake } from './handshake.ts'
import { keepalive } from './keepalive.ts'
import { loss } from './loss.ts'
import { lostLastAck } from './lost-last-ack.ts'
import { refused } from './refused.ts'
import { sequence } from './sequence.ts'
import { sharedDescriptor } from './shared-descriptor.ts'
import { timeWaitExhaustion } from './time-wait-exhaustion.ts'
import { timeWaitRestart } from './time-wait-restart.ts'
import { unreadClose } from './unread-close.ts'
import { writeAfterClose } from './write-after-close.ts'
import { zeroWindow } from './zero-window.ts'

/** In the order in which they are best read. */
export const LABS: readonly Lab[] = [
  handshake,
  sequence,
  closeClient,
  closeServer,
  closeBoth,
  halfClose,
  timeWaitRestart,
  lostLastAck,
  closeWait,
  finWait2,
  writeAfterClose,
  unreadClose,
  sharedDescriptor,
  connectTimeout,
  refused,
  timeWaitExhaustion,
  delayedAck,
  loss,
  zeroWindow,
  keepalive,
]
