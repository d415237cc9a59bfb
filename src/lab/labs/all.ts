import type { Lab } from '../lab.ts'
import { closeBoth } from './close-both.ts'
import { closeClient } from './close-client.ts'
import { closeServer } from './close-server.ts'
import { connectTimeout } from './connect-timeout.ts'
import { halfClose } from './half-close.ts'
import { handshake } from './handshake.ts'
import { lostLastAck } from './lost-last-ack.ts'
import { refused } from './refused.ts'

/** In the order in which they are best read. */
export const LABS: readonly Lab[] = [
  handshake,
  closeClient,
  closeServer,
  closeBoth,
  halfClose,
  lostLastAck,
  connectTimeout,
  refused,
]
