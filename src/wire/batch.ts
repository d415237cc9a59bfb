/**
 * A batch of IPv4 packets on their way between a host and a link, in either direction. The arrays are
 * allocated once; nothing here allocates per packet.
 *
 * A packet is a head (a range of one buffer, IP header first) followed by pieces of payload (ranges of other
 * buffers). Received packets have no pieces: the head is the whole packet.
 *
 * Ownership: the memory belongs to whoever filled the batch. A receiver that keeps a view of packet `i` after
 * it returns calls {@link PacketBatch.take}; the filler then gives that memory up and never writes to it
 * again, if it says so. Everything else must be copied before returning.
 */

/** The TCP checksum is complete, and still to be verified by a receiver. */
export const CHECKSUM_COMPLETE = 0
/** Only the pseudo-header's sum stands in the field: a device will complete it, or nobody needs it. */
export const CHECKSUM_PARTIAL = 1
/** Somebody we trust (the kernel, our own loopback) has verified it. */
export const CHECKSUM_VERIFIED = 2

/** Bytes kept free before each head in a slab, for the header of a device (virtio-net's has 10 or 12). */
export const HEADROOM = 16

/** Bytes of the largest head: IPv4 with options, TCP with options. */
const LARGEST_HEAD = 60 + 60

/** Packets that travel together, each in a buffer of its own or of its link's. */
export class PacketBatch {
  readonly capacity: number
  count = 0
  /** For each packet: the buffer that holds its head, where the head starts there, and its bytes. */
  readonly buffers: Uint8Array[] = []
  readonly starts: Int32Array
  readonly lengths: Int32Array
  /** For each packet: one of the CHECKSUM_ constants. */
  readonly checksums: Uint8Array
  /** For each packet: the payload bytes of each segment it stands for when it is a super-segment, else 0. */
  readonly segmentSizes: Uint16Array
  /** Packet i's pieces are those from pieceEnds[i - 1] (0 for the first) up to pieceEnds[i]. */
  readonly pieceEnds: Int32Array
  pieceCount = 0
  readonly pieces: Uint8Array[] = []
  readonly pieceStarts: number[] = []
  readonly pieceLengths: number[] = []
  /** True when the filler gives memory up. */
  lends = true
  /** For each packet: 1 when the receiver keeps a view of it. */
  readonly taken: Uint8Array
  readonly #slab: Uint8Array | null
  #slabUsed = 0

  /**
   * @param capacity packets
   * @param heads whether this batch writes heads into a slab of its own ({@link begin}); a batch that only
   *   lists packets in other buffers ({@link push}) needs none.
   */
  constructor(capacity: number, heads = true) {
    this.capacity = capacity
    this.starts = new Int32Array(capacity)
    this.lengths = new Int32Array(capacity)
    this.checksums = new Uint8Array(capacity)
    this.segmentSizes = new Uint16Array(capacity)
    this.pieceEnds = new Int32Array(capacity)
    this.taken = new Uint8Array(capacity)
    this.#slab = heads ? new Uint8Array(capacity * (HEADROOM + LARGEST_HEAD)) : null
  }

  get full(): boolean {
    return this.count === this.capacity
  }

  /** Forgets all packets. Call it only when nobody uses their memory any more. */
  clear(): void {
    this.count = 0
    this.pieceCount = 0
    // Even of an empty array the runtime sets it, at the price of several packets' parsing.
    if (this.pieces.length > 0) this.pieces.length = 0
    this.#slabUsed = 0
  }

  /** Adds a packet that lies whole in `buffer`. */
  push(buffer: Uint8Array, start: number, length: number, checksum: number, segmentSize: number): void {
    const i = this.count++
    this.buffers[i] = buffer
    this.starts[i] = start
    this.lengths[i] = length
    this.checksums[i] = checksum
    this.segmentSizes[i] = segmentSize
    this.pieceEnds[i] = this.pieceCount
    this.taken[i] = 0
  }

  /**
   * Begins a packet whose head of `length` bytes (at most 120) the caller writes into {@link slab} at the
   * returned offset; HEADROOM bytes before it are the link's. Add pieces next, then {@link commit}.
   */
  begin(length: number): number {
    const start = this.#slabUsed + HEADROOM
    this.#slabUsed = start + length
    const i = this.count
    this.buffers[i] = this.#slab!
    this.starts[i] = start
    this.lengths[i] = length
    return start
  }

  get slab(): Uint8Array {
    return this.#slab!
  }

  addPiece(buffer: Uint8Array, start: number, length: number): void {
    const n = this.pieceCount++
    this.pieces[n] = buffer
    this.pieceStarts[n] = start
    this.pieceLengths[n] = length
  }

  commit(checksum: number, segmentSize: number): void {
    const i = this.count++
    this.checksums[i] = checksum
    this.segmentSizes[i] = segmentSize
    this.pieceEnds[i] = this.pieceCount
    this.taken[i] = 0
  }

  firstPiece(i: number): number {
    return i === 0 ? 0 : this.pieceEnds[i - 1]!
  }

  /** Bytes of packet `i`, head and pieces. */
  packetLength(i: number): number {
    let length = this.lengths[i]!
    for (let n = this.firstPiece(i); n < this.pieceEnds[i]!; n++) length += this.pieceLengths[n]!
    return length
  }

  /** Says that the receiver keeps a view of packet `i`: the filler gives its memory up. False: it does not, copy. */
  take(i: number): boolean {
    if (!this.lends) return false
    this.taken[i] = 1
    return true
  }

  /** Copies packet `i` as it stands to `target` at `at`; returns its bytes. */
  copy(i: number, target: Uint8Array, at = 0): number {
    const head = this.buffers[i]!
    const start = this.starts[i]!
    const length = this.lengths[i]!
    target.set(head.subarray(start, start + length), at)
    let offset = at + length
    for (let n = this.firstPiece(i); n < this.pieceEnds[i]!; n++) {
      const from = this.pieceStarts[n]!
      const bytes = this.pieceLengths[n]!
      target.set(this.pieces[n]!.subarray(from, from + bytes), offset)
      offset += bytes
    }
    return offset - at
  }
}

/** A packet that is alone in its batch; `sum` says what of its checksum is done. */
export const batchOf = (
  packet: Uint8Array,
  sum: number = CHECKSUM_COMPLETE,
  segmentSize = 0,
): PacketBatch => {
  const batch = new PacketBatch(1, false)
  batch.push(packet, 0, packet.length, sum, segmentSize)
  return batch
}
