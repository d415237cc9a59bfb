/**
 * An event as bytes, in a slot of a fixed size: nothing is allocated to keep one, and the bytes are what a page is sent.
 * A record begins with its size (u16), its kind (u8), the number of its host (u8) and its time (f64, ms).
 */
import { STATES, type State } from '../../tcp/state.ts'
import { type Address, isIpv6, parseAddress } from '../../wire/address.ts'
import type { Ends } from './view-event.ts'

/** Bytes of a slot: room for every record, with {@link MOST_HEADERS} of a packet. */
export const SLOT = 240
/** The headers of IPv6 and TCP with all options, or of IPv4 with some of its own. */
export const MOST_HEADERS = 120

export const KINDS = [
  'packet',
  'loss',
  'transition',
  'timer',
  'drop',
  'recovery',
  'path-mtu',
  'note',
] as const

const HEADER = 12

/** The kind of the record that begins at an offset. */
export const kindAt = (bytes: Uint8Array, start: number): (typeof KINDS)[number] | undefined =>
  KINDS[bytes[start + 2]!]

/** Writes records into slots of a buffer. Texts that do not fit are cut. */
export class RecordWriter {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #start = 0
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** Begins a record at an offset, the beginning of a slot. */
  begin(start: number, kind: (typeof KINDS)[number], host: number, time: number): void {
    this.#start = start
    this.#at = start + HEADER
    this.#bytes[start + 2] = KINDS.indexOf(kind)
    this.#bytes[start + 3] = host
    this.#view.setFloat64(start + 4, time, true)
  }

  end(): void {
    this.#view.setUint16(this.#start, this.#at - this.#start, true)
  }

  u8(value: number): void {
    this.#bytes[this.#at++] = value
  }

  u16(value: number): void {
    this.#view.setUint16(this.#at, value, true)
    this.#at += 2
  }

  /** A size; what is larger than the field counts as its largest value. */
  u32(value: number): void {
    this.#view.setUint32(this.#at, Math.min(Math.max(value, 0), 0xffffffff), true)
    this.#at += 4
  }

  f32(value: number): void {
    this.#view.setFloat32(this.#at, value, true)
    this.#at += 4
  }

  f64(value: number): void {
    this.#view.setFloat64(this.#at, value, true)
    this.#at += 8
  }

  /** Characters above U+00FF, which no text of ours has, become question marks. */
  text(text: string): void {
    const length = Math.min(text.length, 255, this.#start + SLOT - this.#at - 1)
    this.#bytes[this.#at++] = length
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i)
      this.#bytes[this.#at++] = code < 256 ? code : 63
    }
  }

  bytes(buffer: Uint8Array, from: number, length: number): void {
    this.#bytes[this.#at++] = length
    // A loop is faster than a view and set() for so few bytes.
    for (let i = 0; i < length; i++) this.#bytes[this.#at++] = buffer[from + i]!
  }

  state(state: State): void {
    this.u8(STATES.indexOf(state))
  }

  #address(address: Address): void {
    if (isIpv6(address)) {
      this.u8(6)
      this.text(address)
    } else {
      this.u8(4)
      this.u32(address >>> 0)
    }
  }

  ends(c: Ends): void {
    this.#address(c.localAddress)
    this.u16(c.localPort)
    this.#address(c.remoteAddress)
    this.u16(c.remotePort)
    this.u8(c.active ? 1 : 0)
  }
}

/** Reads records that stand one after the other. */
export class RecordReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0
  #next = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** The kind, the host and the time of the next record; null at the end. */
  begin(): { readonly kind: (typeof KINDS)[number]; readonly host: number; readonly time: number } | null {
    const start = this.#next
    if (start + HEADER > this.#bytes.length) return null
    this.#next = start + Math.max(HEADER, this.#view.getUint16(start, true))
    this.#at = start + HEADER
    const kind = kindAt(this.#bytes, start)
    if (kind === undefined || this.#next > this.#bytes.length) return null
    return { kind, host: this.#bytes[start + 3]!, time: this.#view.getFloat64(start + 4, true) }
  }

  /** Bytes of the record that have not been read. */
  get left(): number {
    return this.#next - this.#at
  }

  u8(): number {
    return this.#bytes[this.#at++]!
  }

  u16(): number {
    this.#at += 2
    return this.#view.getUint16(this.#at - 2, true)
  }

  u32(): number {
    this.#at += 4
    return this.#view.getUint32(this.#at - 4, true)
  }

  f32(): number {
    this.#at += 4
    return this.#view.getFloat32(this.#at - 4, true)
  }

  f64(): number {
    this.#at += 8
    return this.#view.getFloat64(this.#at - 8, true)
  }

  text(): string {
    const length = this.u8()
    let text = ''
    for (let i = 0; i < length; i++) text += String.fromCharCode(this.u8())
    return text
  }

  /** A copy: what was read may be overwritten. */
  bytes(): Uint8Array {
    const length = this.u8()
    this.#at += length
    return this.#bytes.slice(this.#at - length, this.#at)
  }

  state(): State {
    return STATES[this.u8()] ?? 'CLOSED'
  }

  #address(): Address {
    return this.u8() === 6 ? parseAddress(this.text()) : this.u32() | 0
  }

  ends(): Ends {
    return {
      localAddress: this.#address(),
      localPort: this.u16(),
      remoteAddress: this.#address(),
      remotePort: this.u16(),
      active: this.u8() === 1,
    }
  }
}
