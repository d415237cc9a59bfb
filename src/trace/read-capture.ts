/** Reads captures, pcap or pcapng, whole or piece by piece. */

import { joinedBytes } from '../base/joined-bytes.ts'
import { copyOf } from '../wire/bytes.ts'
import { CaptureError } from './capture-error.ts'
import type { CapturedPacket, CaptureFormat } from './captured-packet.ts'
import { PcapReader } from './pcap-reader.ts'
import { PcapngReader } from './pcapng-reader.ts'

const PCAPNG = 0x0a0d0d0a
const PCAP_MICROSECONDS = 0xa1b2c3d4
const PCAP_NANOSECONDS = 0xa1b23c4d
/** Alexey Kuznetsov's variant has longer headers of packets. */
const PCAP_MODIFIED = 0xa1b2cd34

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** The format by the first bytes of a file. @throws CaptureError for any other */
const formatOf = (bytes: Uint8Array): CaptureFormat => {
  if (bytes.length < 4) throw new CaptureError(0, `no capture: ${bytes.length} bytes`)
  const view = viewOf(bytes)
  if (view.getUint32(0, true) === PCAPNG) return new PcapngReader()
  for (const little of [true, false]) {
    const number = view.getUint32(0, little)
    if (number === PCAP_MICROSECONDS) return new PcapReader(little, 1e3)
    if (number === PCAP_NANOSECONDS) return new PcapReader(little, 1e6)
    if (number === PCAP_MODIFIED) throw new CaptureError(0, 'the modified pcap format is not supported')
  }
  throw new CaptureError(
    0,
    `neither pcap nor pcapng: it begins with 0x${view.getUint32(0, false).toString(16).padStart(8, '0')}${
      bytes[0] === 0x1f && bytes[1] === 0x8b ? ' (compressed by gzip: unpack it first)' : ''
    }`,
  )
}

/** Takes a capture in pieces of any size. In memory is one piece, and the beginning of what goes on in the next. */
export class CaptureReader {
  #format: CaptureFormat | null = null
  /** The bytes that were not read yet. */
  #rest: Uint8Array = new Uint8Array(0)
  /** Their offset in the file. */
  #offset = 0;

  /**
   * The packets that are whole with this piece, in the order in which they stand in the file.
   * @param last whether the file ends with it
   * @throws CaptureError where it is broken: what came before has been given out by then
   */
  *read(piece: Uint8Array, last: boolean): Generator<CapturedPacket, void> {
    const bytes = this.#rest.length === 0 ? piece : joinedBytes([this.#rest, piece])
    if (this.#format === null && bytes.length < 4 && !last) {
      this.#rest = copyOf(bytes)
      return
    }
    this.#format ??= formatOf(bytes)
    const used = yield* this.#format.packets({ bytes, view: viewOf(bytes), offset: this.#offset, last })
    // A copy: the piece is its giver's.
    this.#rest = copyOf(bytes, used)
    this.#offset += used
  }
}

/**
 * The packets of a capture file, in the order in which they stand there.
 * @throws CaptureError where it is broken: what came before has been given out by then
 */
export const readCapture = (file: Uint8Array): Generator<CapturedPacket, void> =>
  new CaptureReader().read(file, true)
