/** The packets of captures, as their readers see them. */

/** A packet of a capture. */
export interface CapturedPacket {
  /** ms since 1970; 0 where the capture does not say (a simple packet block). */
  readonly time: number
  /** The link layer: a LINKTYPE_ value of the registry. */
  readonly linkType: number
  /** The captured bytes of it: perhaps only the beginning. A view of memory that may be used again: read it at once. */
  readonly bytes: Uint8Array
  /** Its offset in the file. */
  readonly offset: number
  readonly comments: readonly string[]
  /** The interface that it passed, of those that the file describes. */
  readonly at: CaptureInterface
}

/** An interface of a capture. */
export interface CaptureInterface {
  /** From 0, in the order of the file. */
  readonly number: number
  /** Empty where the file does not say. */
  readonly name: string
}

/** The interface of a file that describes none. */
export const ONLY_INTERFACE: CaptureInterface = { number: 0, name: '' }

/** A part of a file, from where reading has come to. */
export interface FilePart {
  readonly bytes: Uint8Array
  /** The same bytes. */
  readonly view: DataView
  /** The offset of its first byte in the file. */
  readonly offset: number
  /** True when the file ends with it. */
  readonly last: boolean
}

/** The reader of a format. */
export interface CaptureFormat {
  /**
   * The packets that are whole in the part.
   * @returns how many bytes have been read: what follows comes again, with more behind it
   * @throws CaptureError
   */
  packets(part: FilePart): Generator<CapturedPacket, number>
}

/** No packet is larger than libpcap takes. */
export const LARGEST_PACKET = 262_144
