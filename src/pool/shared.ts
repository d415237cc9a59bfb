/** The memory and the secrets that the workers of a pool share. */
import { SIPHASH_KEY } from '../base/siphash.ts'
import { type FlowOwnersShape, flowOwnersBytes } from './flow-owners.ts'

/** Workers of a pool at most: each has a bit of a word. */
export const MOST_WORKERS = 32

/** Ports that may be listened at. */
const PORTS = 65_536

/** All that they share. It can be sent to another thread as it is. */
export interface PoolShared extends FlowOwnersShape {
  /** The key of the hosts' secrets, and of the table of flows. */
  readonly secret: Uint8Array
  readonly flowKey: Uint8Array
  readonly owners: SharedArrayBuffer
  /** For each port one word: the bits of the workers that listen there. */
  readonly listeners: SharedArrayBuffer
  /** {@link ALIVE} and {@link COOKIE_SENT}. */
  readonly words: SharedArrayBuffer
}

/** The word with the bits of the workers that are alive. */
export const ALIVE = 0
/** The word that says when a SYN cookie was last sent, in whole seconds and one; 0: never. */
export const COOKIE_SENT = 1
const WORDS = 2

/** @param random fills bytes by chance */
export const createShared = (shape: FlowOwnersShape, random: (bytes: Uint8Array) => void): PoolShared => {
  const key = (): Uint8Array => {
    const bytes = new Uint8Array(SIPHASH_KEY)
    random(bytes)
    return bytes
  }
  return {
    ...shape,
    secret: key(),
    flowKey: key(),
    owners: new SharedArrayBuffer(flowOwnersBytes(shape)),
    listeners: new SharedArrayBuffer(4 * PORTS),
    words: new SharedArrayBuffer(4 * WORDS),
  }
}
