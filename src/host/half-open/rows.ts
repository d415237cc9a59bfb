import type { HalfOpenState } from '../../tcp/half-open.ts'

/** Words of 32 bits in a row: the times first, of two words each. */
const TIMES = 4
const WORDS = 12
const STRIDE = 2 * TIMES + WORDS
/** Rows that memory is allocated for at a time. */
const CHUNK = 1024

const HALF = 16
const LOW = 0xffff
const OCTET = 0xff

interface Chunk {
  readonly words: Int32Array
  readonly times: Float64Array
}

const newChunk = (): Chunk => {
  const words = new Int32Array(CHUNK * STRIDE)
  return { words, times: new Float64Array(words.buffer) }
}

/**
 * The numbers of packed connections, 80 bytes each: in JavaScript's own objects a time alone would take 24. Free rows are
 * used again first, and all memory is given back with the last row.
 */
export class HalfOpenRows {
  #chunks: Chunk[] = []
  /** Rows that were ever used, and how many are. */
  #end = 0
  #used = 0
  /** The row that was freed last; its first word leads to the one before. -1 ends it. */
  #free = -1

  get size(): number {
    return this.#used
  }

  /** Keeps the numbers. Returns the row that they stand in. */
  add(s: Readonly<HalfOpenState>): number {
    const row = this.#take()
    const { words, times } = this.#chunks[(row / CHUNK) | 0]!
    let t = ((row % CHUNK) * STRIDE) >> 1
    times[t++] = s.createdAt
    times[t++] = s.ackSentAt
    times[t++] = s.timeoutSince
    times[t++] = s.challengesSince
    let w = 2 * t
    words[w++] = s.iss
    words[w++] = s.irs
    words[w++] = s.tsRecent
    words[w++] = s.flags
    words[w++] = s.pathVersion
    words[w++] = s.peerWindow | (s.offered << HALF)
    words[w++] = s.peerMss | (s.advertisedMss << HALF)
    words[w++] = s.sendMss | (s.receiveMss << HALF)
    words[w++] = s.pathSize | (s.trafficClass << HALF) | (s.scale << 24)
    words[w++] = s.segmentsIn | (s.segmentsOut << HALF)
    words[w++] = s.timeouts | (s.resent << 8) | (s.challenges << HALF)
    words[w] = s.ecn
    return row
  }

  /** Reads the numbers of a row. */
  read(row: number, s: HalfOpenState): HalfOpenState {
    const { words, times } = this.#chunks[(row / CHUNK) | 0]!
    let t = ((row % CHUNK) * STRIDE) >> 1
    s.createdAt = times[t++]!
    s.ackSentAt = times[t++]!
    s.timeoutSince = times[t++]!
    s.challengesSince = times[t++]!
    let w = 2 * t
    s.iss = words[w++]!
    s.irs = words[w++]!
    s.tsRecent = words[w++]!
    s.flags = words[w++]!
    s.pathVersion = words[w++]!
    const windows = words[w++]!
    s.peerWindow = windows & LOW
    s.offered = windows >>> HALF
    const named = words[w++]!
    s.peerMss = named & LOW
    s.advertisedMss = named >>> HALF
    const sizes = words[w++]!
    s.sendMss = sizes & LOW
    s.receiveMss = sizes >>> HALF
    const path = words[w++]!
    s.pathSize = path & LOW
    s.trafficClass = (path >>> HALF) & OCTET
    s.scale = path >>> 24
    const segments = words[w++]!
    s.segmentsIn = segments & LOW
    s.segmentsOut = segments >>> HALF
    const troubles = words[w++]!
    s.timeouts = troubles & OCTET
    s.resent = (troubles >>> 8) & OCTET
    s.challenges = (troubles >>> HALF) & OCTET
    s.ecn = words[w]!
    return s
  }

  /** The time at which the connection of a row has begun. */
  createdAt(row: number): number {
    return this.#chunks[(row / CHUNK) | 0]!.times[((row % CHUNK) * STRIDE) >> 1]!
  }

  /** Nobody needs the row any more. */
  free(row: number): void {
    if (--this.#used === 0) {
      this.#chunks = []
      this.#end = 0
      this.#free = -1
      return
    }
    this.#chunks[(row / CHUNK) | 0]!.words[(row % CHUNK) * STRIDE] = this.#free
    this.#free = row
  }

  #take(): number {
    this.#used++
    const row = this.#free
    if (row >= 0) {
      this.#free = this.#chunks[(row / CHUNK) | 0]!.words[(row % CHUNK) * STRIDE]!
      return row
    }
    if (this.#end === this.#chunks.length * CHUNK) this.#chunks.push(newChunk())
    return this.#end++
  }
}
