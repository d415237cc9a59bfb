/** Blocks of a pcapng file (draft-ietf-opsawg-pcapng), in the machine-independent little-endian form. */

const SECTION_HEADER = 0x0a0d0d0a
const INTERFACE_DESCRIPTION = 1
const INTERFACE_STATISTICS = 5
const ENHANCED_PACKET = 6
const BYTE_ORDER_MAGIC = 0x1a2b3c4d
/** LINKTYPE_RAW: the packet begins with its IP header. */
const LINKTYPE_RAW = 101

const OPTION_END = 0
const OPTION_COMMENT = 1
const SHB_USERAPPL = 4
const IF_NAME = 2
const IF_TSRESOL = 9
const EPB_FLAGS = 2

/** Times are given in microseconds: what a double can hold of today's date. */
const MICROSECONDS = 6

const encoder = new TextEncoder()

interface Option {
  readonly code: number
  readonly value: Uint8Array
}

const padded = (length: number): number => (length + 3) & ~3

const textOption = (code: number, text: string): Option => ({
  code,
  // Longer values do not fit the length field.
  value: encoder.encode(text).subarray(0, 0xfffc),
})

/** A block: type, total length, fixed fields, data, options, total length again. */
const block = (
  type: number,
  fields: readonly number[],
  data: Uint8Array,
  options: readonly Option[],
): Uint8Array => {
  let size = 12 + 4 * fields.length + padded(data.length)
  for (const { value } of options) size += 4 + padded(value.length)
  if (options.length > 0) size += 4
  const bytes = new Uint8Array(size)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, type, true)
  view.setUint32(4, size, true)
  let at = 8
  for (const field of fields) {
    view.setUint32(at, field, true)
    at += 4
  }
  bytes.set(data, at)
  at += padded(data.length)
  for (const { code, value } of options) {
    view.setUint16(at, code, true)
    view.setUint16(at + 2, value.length, true)
    bytes.set(value, at + 4)
    at += 4 + padded(value.length)
  }
  if (options.length > 0) at += 4 + OPTION_END
  view.setUint32(at, size, true)
  return bytes
}

const NOTHING = new Uint8Array(0)

/** The section header that begins a file. */
export const sectionHeader = (application: string): Uint8Array =>
  block(
    SECTION_HEADER,
    // Version 1.0; the section's length is not known.
    [BYTE_ORDER_MAGIC, 1, 0xffffffff, 0xffffffff],
    NOTHING,
    [textOption(SHB_USERAPPL, application)],
  )

/** An interface; the first described is number 0. */
export const interfaceDescription = (name: string): Uint8Array =>
  block(INTERFACE_DESCRIPTION, [LINKTYPE_RAW, 0], NOTHING, [
    textOption(IF_NAME, name),
    { code: IF_TSRESOL, value: Uint8Array.of(MICROSECONDS) },
  ])

const timestamp = (ms: number): [number, number] => {
  const microseconds = Math.round(ms * 1000)
  return [Math.floor(microseconds / 2 ** 32), microseconds >>> 0]
}

/** A packet, of which perhaps only the beginning is there. `time` is ms since 1970, `length` that of the whole packet. */
export const enhancedPacket = (
  interfaceId: number,
  time: number,
  direction: 'in' | 'out',
  packet: Uint8Array,
  comments: readonly string[],
  length = packet.length,
): Uint8Array =>
  block(ENHANCED_PACKET, [interfaceId, ...timestamp(time), packet.length, length], packet, [
    ...comments.map(text => textOption(OPTION_COMMENT, text)),
    { code: EPB_FLAGS, value: Uint8Array.of(direction === 'in' ? 1 : 2, 0, 0, 0) },
  ])

/** The statistics of an interface, which end a capture. */
export const interfaceStatistics = (
  interfaceId: number,
  time: number,
  comments: readonly string[],
): Uint8Array =>
  block(
    INTERFACE_STATISTICS,
    [interfaceId, ...timestamp(time)],
    NOTHING,
    comments.map(text => textOption(OPTION_COMMENT, text)),
  )
