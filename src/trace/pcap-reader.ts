/** Packets of a pcap file (draft-ietf-opsawg-pcap), of either byte order. */
import { CaptureError } from './capture-error.ts'
import {
  type CapturedPacket,
  type CaptureFormat,
  type FilePart,
  LARGEST_PACKET,
  ONLY_INTERFACE,
} from './captured-packet.ts'

const FILE_HEADER = 24
const PACKET_HEADER = 16

export class PcapReader implements CaptureFormat {
  readonly #little: boolean
  readonly #perMillisecond: number
  /** Null before the header of the file. */
  #linkType: number | null = null

  /** @param perMillisecond the units of its times */
  constructor(little: boolean, perMillisecond: number) {
    this.#little = little
    this.#perMillisecond = perMillisecond
  }

  *packets({ bytes, view, offset, last }: FilePart): Generator<CapturedPacket, number> {
    let at = 0
    if (this.#linkType === null) {
      if (bytes.length < FILE_HEADER) {
        if (last) throw new CaptureError(offset + bytes.length, 'the file header is cut off')
        return 0
      }
      // The upper bits tell of a frame check sequence.
      this.#linkType = view.getUint32(20, this.#little) & 0x0fff_ffff
      at = FILE_HEADER
    }
    while (at < bytes.length) {
      if (at + PACKET_HEADER > bytes.length) {
        if (last) throw new CaptureError(offset + at, 'the header of the last packet is cut off')
        return at
      }
      const seconds = view.getUint32(at, this.#little)
      const fraction = view.getUint32(at + 4, this.#little)
      const length = view.getUint32(at + 8, this.#little)
      if (length > LARGEST_PACKET) throw new CaptureError(offset + at + 8, `a packet of ${length} bytes`)
      const start = at + PACKET_HEADER
      if (start + length > bytes.length) {
        if (!last) return at
        throw new CaptureError(
          offset + at,
          `the last packet is cut off: ${bytes.length - start} of ${length} bytes`,
        )
      }
      yield {
        time: seconds * 1000 + fraction / this.#perMillisecond,
        linkType: this.#linkType,
        bytes: bytes.subarray(start, start + length),
        offset: offset + at,
        comments: [],
        at: ONLY_INTERFACE,
      }
      at = start + length
    }
    return at
  }
}
