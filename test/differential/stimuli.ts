/** Cases from seeds: a state, and what comes in it. */
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { STATES as ALL_STATES, type State } from '../../src/tcp/state.ts'
import { ACK, FIN, PSH, RST, SYN, URG } from '../../src/wire/tcp.ts'

/** The states of a case. Their order belongs to the seeds: the same seed picks the same state. */
export const STATES = ALL_STATES.filter(state => state !== 'CLOSED')

export type StateName = Exclude<State, 'CLOSED'>

/** A segment of the peer's. Its numbers count from what the peer would send next, and from the end of what it has heard. */
export interface SegmentStep {
  readonly kind: 'segment'
  readonly flags: number
  readonly seq: number
  readonly ack: number
  readonly length: number
  readonly window: number
  /** Its timestamp, where they are agreed on: the next, one from before, one of the future, or none. */
  readonly timestamp: 'next' | 'old' | 'future' | 'none'
}

/** A call of the user's on the side that is tested. */
export interface CallStep {
  readonly kind: 'call'
  readonly call: 'write' | 'shutdown' | 'close'
}

export type Step = SegmentStep | CallStep

export interface Case {
  readonly seed: number
  readonly state: StateName
  /** Timestamps are agreed on, and SACK. */
  readonly timestamps: boolean
  readonly sack: boolean
  /** A segment of text is out when the steps begin. */
  readonly outstanding: boolean
  readonly steps: readonly Step[]
}

/** Bytes of a write, and of the largest text that comes. */
export const WRITE = 1000
export const MSS = 1000

const FLAGS = [
  ACK,
  ACK,
  ACK,
  ACK | PSH,
  ACK | FIN,
  ACK | FIN | PSH,
  ACK | RST,
  ACK | SYN,
  ACK | SYN | FIN,
  ACK | URG,
  SYN,
  SYN,
  SYN | FIN,
  RST,
  RST,
  FIN,
  0,
  PSH,
  SYN | RST,
]

const pick = <T>(random: SeededRandom, list: readonly T[]): T => list[random.uint32() % list.length]!

const segment = (random: SeededRandom): SegmentStep => ({
  kind: 'segment',
  flags: pick(random, FLAGS),
  seq: pick(random, [0, 0, 0, 0, -1, 1, 10, -500, 1000, 30_000, 2_000_000, -2_000_000]),
  ack: pick(random, [0, 0, 0, 0, -1, 1, -500, 500, 100_000, -100_000]),
  length: pick(random, [0, 0, 0, 1, 100, MSS]),
  window: pick(random, [65_535, 1000, 10, 0]),
  timestamp: pick(random, ['next', 'next', 'next', 'old', 'future', 'none']),
})

/** A FIN of a handshake is acknowledged a moment later by Linux, by a timer of no length: which is not compared. */
const withoutFin = (step: SegmentStep, state: StateName): SegmentStep =>
  state === 'SYN_SENT' || state === 'SYN_RECEIVED' ? { ...step, flags: step.flags & ~FIN } : step

const FAIR = { kind: 'segment', seq: 0, ack: 0, window: 60_000, timestamp: 'next' } as const

/** Mostly what a decent peer sends: a sequence that ends with its first step tells little. */
const likely = (random: SeededRandom): Step => {
  switch (random.uint32() % 10) {
    case 0:
      return { kind: 'call', call: 'write' }
    case 1:
      return { kind: 'call', call: pick(random, ['shutdown', 'shutdown', 'close']) }
    case 2:
    case 3:
      return { ...FAIR, flags: ACK | PSH, length: pick(random, [1, 100, MSS]) }
    case 4:
      return { ...FAIR, flags: ACK | PSH, seq: pick(random, [10, 1000, -100]), length: 100 }
    case 5:
      return { ...FAIR, flags: ACK, length: 0 }
    case 6:
      return { ...FAIR, flags: ACK | FIN, length: pick(random, [0, 100]) }
    default:
      return segment(random)
  }
}

/** One segment, in any state. */
export const singleSegment = (seed: number): Case => {
  const random = new SeededRandom(`segment ${seed}`)
  const state = pick(random, STATES)
  return {
    seed,
    state,
    timestamps: random.uint32() % 2 === 0,
    sack: random.uint32() % 2 === 0,
    outstanding: (state === 'ESTABLISHED' || state === 'CLOSE_WAIT') && random.uint32() % 2 === 0,
    steps: [withoutFin(segment(random), state)],
  }
}

/** Calls and segments, from a connection's beginning on. */
export const sequence = (seed: number): Case => {
  const random = new SeededRandom(`sequence ${seed}`)
  const steps: Step[] = []
  for (let n = 2 + (random.uint32() % 5); n > 0; n--) steps.push(likely(random))
  return {
    seed,
    state: 'ESTABLISHED',
    timestamps: random.uint32() % 2 === 0,
    sack: random.uint32() % 2 === 0,
    outstanding: false,
    steps,
  }
}
