/** Reads captures: pcap (draft-ietf-opsawg-pcap) and pcapng (draft-ietf-opsawg-pcapng), of either byte order. */
import { CaptureError } from './capture-error.ts'

/** A packet of a capture. */
export interface CapturedPacket {
  /** ms since 1970; 0 where the capture does not say (a simple packet block). */
  readonly time: number
  /** The link layer: a LINKTYPE_ value of the registry. */
  readonly linkType: number
  /** The captured bytes of it: perhaps only the beginning. A view of the file. */
  readonly bytes: Uint8Array
  /** Its offset in the file. */
  readonly offset: number
  readonly comments: readonly string[]
}

const PCAPNG = 0x0a0d0d0a
const PCAP_MICROSECONDS = 0xa1b2c3d4
const PCAP_NANOSECONDS = 0xa1b23c4d
/** Alexey Kuznetsov's variant has longer headers of packets. */
const PCAP_MODIFIED = 0xa1b2cd34

/** No packet is larger than libpcap takes. */
const LARGEST = 262_144
const LARGEST_BLOCK = 16 << 20

/**
 * The packets of a capture file, in the order in which they stand there.
 * @throws CaptureError where it is broken: what came before has been given out by then
 */
export function* readCapture(file: Uint8Array): Generator<CapturedPacket> {
  if (file.length < 4) throw new CaptureError(0, `no capture: ${file.length} bytes`)
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const magic = view.getUint32(0, true)
  if (magic === PCAPNG) {
    yield* readPcapng(file, view)
    return
  }
  for (const little of [true, false]) {
    const number = view.getUint32(0, little)
    if (number === PCAP_MICROSECONDS) return yield* readPcap(file, view, little, 1e3)
    if (number === PCAP_NANOSECONDS) return yield* readPcap(file, view, little, 1e6)
    if (number === PCAP_MODIFIED) throw new CaptureError(0, 'the modified pcap format is not supported')
  }
  throw new CaptureError(
    0,
    `neither pcap nor pcapng: it begins with 0x${view.getUint32(0, false).toString(16).padStart(8, '0')}${
      file[0] === 0x1f && file[1] === 0x8b ? ' (compressed by gzip: unpack it first)' : ''
    }`,
  )
}

function* readPcap(
  file: Uint8Array,
  view: DataView,
  little: boolean,
  perMillisecond: number,
): Generator<CapturedPacket> {
  if (file.length < 24) throw new CaptureError(file.length, 'the file header is cut off')
  // The upper bits tell of a frame check sequence.
  const linkType = view.getUint32(20, little) & 0x0fff_ffff
  let at = 24
  while (at < file.length) {
    if (at + 16 > file.length) throw new CaptureError(at, 'the header of the last packet is cut off')
    const seconds = view.getUint32(at, little)
    const fraction = view.getUint32(at + 4, little)
    const length = view.getUint32(at + 8, little)
    if (length > LARGEST) throw new CaptureError(at + 8, `a packet of ${length} bytes`)
    const start = at + 16
    if (start + length > file.length)
      throw new CaptureError(at, `the last packet is cut off: ${file.length - start} of ${length} bytes`)
    yield {
      time: seconds * 1000 + fraction / perMillisecond,
      linkType,
      bytes: file.subarray(start, start + length),
      offset: at,
      comments: [],
    }
    at = start + length
  }
}

interface CaptureInterface {
  readonly linkType: number
  readonly snapLength: number
  /** Units of its times a millisecond, and the seconds to add. */
  readonly perMillisecond: number
  readonly offset: number
}

const SECTION_HEADER = 0x0a0d0d0a
const INTERFACE_DESCRIPTION = 1
const PACKET = 2
const SIMPLE_PACKET = 3
const ENHANCED_PACKET = 6
const BYTE_ORDER = 0x1a2b3c4d

const OPTION_COMMENT = 1
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

function* readPcapng(file: Uint8Array, view: DataView): Generator<CapturedPacket> {
  let little = true
  let interfaces: CaptureInterface[] = []
  let at = 0
  while (at < file.length) {
    if (at + 12 > file.length) throw new CaptureError(at, 'the last block is cut off')
    const type = view.getUint32(at, little)
    // A section has a byte order of its own; its type reads the same in both.
    if (type === SECTION_HEADER) {
      const order = view.getUint32(at + 8, true)
      if (order === BYTE_ORDER) little = true
      else if (view.getUint32(at + 8, false) === BYTE_ORDER) little = false
      else throw new CaptureError(at + 8, 'the byte-order magic of the section is wrong')
      interfaces = []
    }
    const size = view.getUint32(at + 4, little)
    if (size < (LEAST[type] ?? 12) || size > LARGEST_BLOCK || size % 4 !== 0)
      throw new CaptureError(at + 4, `a block of ${size} bytes`)
    if (at + size > file.length)
      throw new CaptureError(at, `the last block is cut off: ${file.length - at} of ${size} bytes`)
    if (view.getUint32(at + size - 4, little) !== size)
      throw new CaptureError(at + size - 4, 'the two lengths of the block differ')
    const end = at + size - 4
    if (type === SECTION_HEADER) {
      const major = view.getUint16(at + 12, little)
      if (major !== 1) throw new CaptureError(at + 12, `version ${major} of pcapng is not known`)
    } else if (type === INTERFACE_DESCRIPTION) {
      interfaces.push(readInterface(file, view, at, end, little))
    } else if (type === ENHANCED_PACKET || type === PACKET || type === SIMPLE_PACKET) {
      yield readPacket(file, view, type, at, end, little, interfaces)
    }
    at += size
  }
}

const readInterface = (
  file: Uint8Array,
  view: DataView,
  at: number,
  end: number,
  little: boolean,
): CaptureInterface => {
  let perMillisecond = 1000
  let offset = 0
  for (const option of readOptions(file, view, at + 16, end, little)) {
    if (option.code === IF_TSRESOL && option.value.length >= 1) {
      const bits = option.value[0]!
      const perSecond = bits & 0x80 ? 2 ** (bits & 0x7f) : 10 ** bits
      perMillisecond = perSecond / 1000
    } else if (option.code === IF_TSOFFSET && option.value.length >= 8) {
      offset = Number(view.getBigInt64(option.value.byteOffset - view.byteOffset, little))
    }
  }
  return {
    linkType: view.getUint16(at + 8, little),
    snapLength: view.getUint32(at + 12, little),
    perMillisecond,
    offset,
  }
}

const readPacket = (
  file: Uint8Array,
  view: DataView,
  type: number,
  at: number,
  end: number,
  little: boolean,
  interfaces: readonly CaptureInterface[],
): CapturedPacket => {
  const id =
    type === ENHANCED_PACKET
      ? view.getUint32(at + 8, little)
      : type === PACKET
        ? view.getUint16(at + 8, little)
        : 0
  const described = interfaces[id]
  if (described === undefined) throw new CaptureError(at + 8, `interface ${id} was not described`)
  const start = type === SIMPLE_PACKET ? at + 12 : at + 28
  const length =
    type === SIMPLE_PACKET
      ? Math.min(view.getUint32(at + 8, little), described.snapLength || LARGEST, end - start)
      : view.getUint32(at + 20, little)
  if (length > LARGEST || start + length > end)
    throw new CaptureError(at, `a packet of ${length} bytes in a block of ${end + 4 - at}`)
  let time = 0
  if (type !== SIMPLE_PACKET) {
    const units = view.getUint32(at + 12, little) * 2 ** 32 + view.getUint32(at + 16, little)
    time = units / described.perMillisecond + described.offset * 1000
  }
  const comments: string[] = []
  if (type === ENHANCED_PACKET)
    for (const option of readOptions(file, view, start + ((length + 3) & ~3), end, little))
      if (option.code === OPTION_COMMENT) comments.push(new TextDecoder().decode(option.value))
  return {
    time,
    linkType: described.linkType,
    bytes: file.subarray(start, start + length),
    offset: at,
    comments,
  }
}

/** The options of a block, as far as they go. */
function* readOptions(file: Uint8Array, view: DataView, from: number, end: number, little: boolean) {
  for (let at = from; at + 4 <= end; ) {
    const code = view.getUint16(at, little)
    const length = view.getUint16(at + 2, little)
    if (code === 0) return
    if (at + 4 + length > end)
      throw new CaptureError(at, `an option of ${length} bytes that its block does not hold`)
    yield { code, value: file.subarray(at + 4, at + 4 + length) }
    at += 4 + ((length + 3) & ~3)
  }
}
