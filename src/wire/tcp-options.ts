/** TCP options as they are written, RFC 9293 §3.2. */
import { type AccEcnCounters, accEcnLength, writeAccEcn } from './accurate-ecn.ts'
import { write16, write32 } from './bytes.ts'
import {
  FAST_OPEN_EXPERIMENT,
  OPTION_EXPERIMENT,
  OPTION_FAST_OPEN,
  OPTION_MSS,
  OPTION_NOP,
  OPTION_SACK,
  OPTION_SACK_PERMITTED,
  OPTION_USER_TIMEOUT,
  OPTION_WINDOW_SCALE,
  TIMESTAMPS_LENGTH,
  USER_TIMEOUT_LENGTH,
  writeTimestamps,
} from './tcp.ts'

/** The options of a segment about to be sent: -1, false or null leaves one out. */
export interface TcpHeaderOptions extends AccEcnCounters {
  mss: number
  windowScale: number
  sackPermitted: boolean
  timestamps: boolean
  tsVal: number
  tsEcr: number
  /** The user timeout option's 16 bits (RFC 5482 §3.3) */
  userTimeout: number
  /** The fast open option's cookie, empty to ask for one (RFC 7413 §4.1.1) */
  fastOpen: Uint8Array | null
  /** It leaves in the shape in which it came: as the experiment that it once was */
  fastOpenExperiment: boolean
  /** The AccECN option's number of counters, -1 to leave it out, and their order (RFC 9768 §3.2.3) */
  accEcnFields: number
  accEcnOrder: 0 | 1
  /** SACK blocks: left and right edge of each (RFC 2018 §3) */
  sackCount: number
  readonly sackEdges: Int32Array
}

/** Bytes of options that a header has room for (RFC 9293 §3.1). */
export const OPTION_SPACE = 40

/** Bytes that the fast open option takes, filled up to a word. */
export const fastOpenLength = (cookie: Uint8Array, experiment = false): number =>
  ((experiment ? 4 : 2) + cookie.length + 3) & ~3

const MSS_LENGTH = 4
const WINDOW_SCALE_LENGTH = 4

/** Bytes that the options take: a multiple of 4. */
export const tcpOptionsLength = (out: Readonly<TcpHeaderOptions>): number =>
  (out.mss >= 0 ? MSS_LENGTH : 0) +
  (out.timestamps ? TIMESTAMPS_LENGTH : 0) +
  accEcnLength(out.accEcnFields) +
  (out.sackPermitted && !out.timestamps ? 4 : 0) +
  (out.sackCount > 0 ? 4 + 8 * out.sackCount : 0) +
  (out.windowScale >= 0 ? WINDOW_SCALE_LENGTH : 0) +
  (out.userTimeout >= 0 ? USER_TIMEOUT_LENGTH : 0) +
  (out.fastOpen === null ? 0 : fastOpenLength(out.fastOpen, out.fastOpenExperiment))

/** In the order that Linux has: MSS, SACK permitted and timestamps, AccECN, window scale. All words are full. */
export const writeTcpOptions = (b: Uint8Array, i: number, out: Readonly<TcpHeaderOptions>): void => {
  if (out.mss >= 0) {
    b[i] = OPTION_MSS
    b[i + 1] = 4
    write16(b, i + 2, out.mss)
    i += MSS_LENGTH
  }
  if (out.timestamps) {
    writeTimestamps(b, i, out.tsVal, out.tsEcr)
    if (out.sackPermitted) {
      // SACK permitted takes the place of the two NOPs.
      b[i] = OPTION_SACK_PERMITTED
      b[i + 1] = 2
    }
    i += TIMESTAMPS_LENGTH
  }
  if (out.accEcnFields >= 0) {
    const end = i + accEcnLength(out.accEcnFields)
    b.fill(OPTION_NOP, writeAccEcn(b, i, out.accEcnOrder, out.accEcnFields, out), end)
    i = end
  }
  if (out.sackPermitted && !out.timestamps) {
    b[i] = OPTION_NOP
    b[i + 1] = OPTION_NOP
    b[i + 2] = OPTION_SACK_PERMITTED
    b[i + 3] = 2
    i += 4
  }
  if (out.windowScale >= 0) {
    b[i] = OPTION_NOP
    b[i + 1] = OPTION_WINDOW_SCALE
    b[i + 2] = 3
    b[i + 3] = out.windowScale
    i += WINDOW_SCALE_LENGTH
  }
  if (out.userTimeout >= 0) {
    b[i] = OPTION_USER_TIMEOUT
    b[i + 1] = 4
    write16(b, i + 2, out.userTimeout)
    i += USER_TIMEOUT_LENGTH
  }
  if (out.fastOpen !== null) i = writeFastOpen(b, i, out.fastOpen, out.fastOpenExperiment)
  if (out.sackCount > 0) writeSack(b, i, out)
}

/**
 * The fast open option, with NOPs after it (RFC 7413 §4.1.1; as Linux), or as the experiment that it once was (RFC 6994).
 * Returns where the next one goes.
 */
const writeFastOpen = (b: Uint8Array, i: number, cookie: Uint8Array, experiment: boolean): number => {
  const end = i + fastOpenLength(cookie, experiment)
  const head = experiment ? 4 : 2
  b[i] = experiment ? OPTION_EXPERIMENT : OPTION_FAST_OPEN
  b[i + 1] = head + cookie.length
  if (experiment) write16(b, i + 2, FAST_OPEN_EXPERIMENT)
  b.set(cookie, i + head)
  b.fill(OPTION_NOP, i + head + cookie.length, end)
  return end
}

/** The SACK option with two NOPs before it (RFC 2018 §3). */
const writeSack = (b: Uint8Array, i: number, out: Readonly<TcpHeaderOptions>): void => {
  b[i] = OPTION_NOP
  b[i + 1] = OPTION_NOP
  b[i + 2] = OPTION_SACK
  b[i + 3] = 2 + 8 * out.sackCount
  for (let n = 0; n < 2 * out.sackCount; n++) write32(b, i + 4 + 4 * n, out.sackEdges[n]!)
}
