/** Packets of a pcapng file (draft-ietf-opsawg-pcapng), of either byte order. */
import { CaptureError } from './capture-error.ts'
import {
  type CapturedPacket,
  type CaptureFormat,
  type CaptureInterface,
  type FilePart,
  LARGEST_PACKET,
} from './captured-packet.ts'

const LARGEST_BLOCK = 16 << 20

const SECTION_HEADER = 0x0a0d0d0a
const INTERFACE_DESCRIPTION = 1
const PACKET = 2
const SIMPLE_PACKET = 3
const ENHANCED_PACKET = 6
const BYTE_ORDER = 0x1a2b3c4d

const OPTION_COMMENT = 1
const IF_NAME = 2
const IF_TSRESOL = 9
const IF_TSOFFSET = 14

/** The length of a block's fixed fields, its frame of 12 bytes included. */
const LEAST: Record<number, number> = {
  [SECTION_HEADER]: 28,
  [INTERFACE_DESCRIPTION]: 20,
  [PACKET]: 32,
  [SIMPLE_PACKET]: 16,
  [ENHANCED_PACKET]: 32,
}

interface DescribedInterface extends CaptureInterface {
  readonly linkType: number
  readonly snapLength: number
  /** Units of its times a millisecond, and the seconds to add. */
  readonly perMillisecond: number
  readonly offset: number
}

/** A block that is whole. */
interface Block {
  readonly type: number
  readonly bytes: Uint8Array
  readonly view: DataView
  /** Its beginning, and the place of its second length. */
  readonly at: number
  readonly end: number
  /** From places in these bytes to places in the file. */
  readonly offset: number
}

export class PcapngReader implements CaptureFormat {
  #little = true
  #interfaces: DescribedInterface[] = []
  /** Interfaces so far, those of earlier sections too. */
  #described = 0;

  *packets({ bytes, view, offset, last }: FilePart): Generator<CapturedPacket, number> {
    let at = 0
    while (at < bytes.length) {
      if (at + 12 > bytes.length) {
        if (last) throw new CaptureError(offset + at, 'the last block is cut off')
        return at
      }
      const type = view.getUint32(at, this.#little)
      // A section has a byte order of its own; its type reads the same in both.
      if (type === SECTION_HEADER) this.#beginSection(view, at, offset)
      const size = view.getUint32(at + 4, this.#little)
      if (size < (LEAST[type] ?? 12) || size > LARGEST_BLOCK || size % 4 !== 0)
        throw new CaptureError(offset + at + 4, `a block of ${size} bytes`)
      if (at + size > bytes.length) {
        if (!last) return at
        throw new CaptureError(
          offset + at,
          `the last block is cut off: ${bytes.length - at} of ${size} bytes`,
        )
      }
      const end = at + size - 4
      if (view.getUint32(end, this.#little) !== size)
        throw new CaptureError(offset + end, 'the two lengths of the block differ')
      const block = { type, bytes, view, at, end, offset }
      if (type === SECTION_HEADER) {
        const major = view.getUint16(at + 12, this.#little)
        if (major !== 1) throw new CaptureError(offset + at + 12, `version ${major} of pcapng is not known`)
      } else if (type === INTERFACE_DESCRIPTION) {
        this.#interfaces.push(this.#interface(block))
      } else if (type === ENHANCED_PACKET || type === PACKET || type === SIMPLE_PACKET) {
        yield this.#packet(block)
      }
      at += size
    }
    return at
  }

  #beginSection(view: DataView, at: number, offset: number): void {
    if (view.getUint32(at + 8, true) === BYTE_ORDER) this.#little = true
    else if (view.getUint32(at + 8, false) === BYTE_ORDER) this.#little = false
    else throw new CaptureError(offset + at + 8, 'the byte-order magic of the section is wrong')
    this.#interfaces = []
  }

  #interface(block: Block): DescribedInterface {
    const { view, at } = block
    let name = ''
    let perMillisecond = 1000
    let offset = 0
    for (const option of this.#options(block, at + 16)) {
      if (option.code === IF_TSRESOL && option.value.length >= 1) {
        const bits = option.value[0]!
        const perSecond = bits & 0x80 ? 2 ** (bits & 0x7f) : 10 ** bits
        perMillisecond = perSecond / 1000
      } else if (option.code === IF_TSOFFSET && option.value.length >= 8) {
        offset = Number(view.getBigInt64(option.value.byteOffset - view.byteOffset, this.#little))
      } else if (option.code === IF_NAME) name = new TextDecoder().decode(option.value)
    }
    return {
      number: this.#described++,
      name,
      linkType: view.getUint16(at + 8, this.#little),
      snapLength: view.getUint32(at + 12, this.#little),
      perMillisecond,
      offset,
    }
  }

  #packet(block: Block): CapturedPacket {
    const { type, bytes, view, at, end, offset } = block
    const little = this.#little
    const id =
      type === ENHANCED_PACKET
        ? view.getUint32(at + 8, little)
        : type === PACKET
          ? view.getUint16(at + 8, little)
          : 0
    const described = this.#interfaces[id]
    if (described === undefined) throw new CaptureError(offset + at + 8, `interface ${id} was not described`)
    const start = type === SIMPLE_PACKET ? at + 12 : at + 28
    const length =
      type === SIMPLE_PACKET
        ? Math.min(view.getUint32(at + 8, little), described.snapLength || LARGEST_PACKET, end - start)
        : view.getUint32(at + 20, little)
    if (length > LARGEST_PACKET || start + length > end)
      throw new CaptureError(offset + at, `a packet of ${length} bytes in a block of ${end + 4 - at}`)
    let time = 0
    if (type !== SIMPLE_PACKET) {
      const units = view.getUint32(at + 12, little) * 2 ** 32 + view.getUint32(at + 16, little)
      time = units / described.perMillisecond + described.offset * 1000
    }
    const comments: string[] = []
    if (type === ENHANCED_PACKET)
      for (const option of this.#options(block, start + ((length + 3) & ~3)))
        if (option.code === OPTION_COMMENT) comments.push(new TextDecoder().decode(option.value))
    return {
      time,
      linkType: described.linkType,
      bytes: bytes.subarray(start, start + length),
      offset: offset + at,
      comments,
      at: described,
    }
  }

  /** The options of a block, as far as they go. */
  *#options({ bytes, view, end, offset }: Block, from: number) {
    for (let at = from; at + 4 <= end; ) {
      const code = view.getUint16(at, this.#little)
      const length = view.getUint16(at + 2, this.#little)
      if (code === 0) return
      if (at + 4 + length > end)
        throw new CaptureError(offset + at, `an option of ${length} bytes that its block does not hold`)
      yield { code, value: bytes.subarray(at + 4, at + 4 + length) }
      at += 4 + ((length + 3) & ~3)
    }
  }
}
