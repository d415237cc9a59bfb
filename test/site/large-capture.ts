/** A capture that is as large as one likes, of connections that carry text. */

const NUMBERS = 1460
const TEXT = new Uint8Array(NUMBERS).fill(120)

/** An IPv4 packet with a segment, its checksums zero: nobody who reads a capture looks at them. */
const packet = (back: boolean, port: number, seq: number, ack: number, flags: number, text: Uint8Array) => {
  const b = new Uint8Array(40 + text.length)
  const view = new DataView(b.buffer)
  view.setUint16(0, 0x4500)
  view.setUint16(2, b.length)
  view.setUint16(8, 0x4006)
  view.setUint32(12, back ? 0xc6120002 : 0xc6120001)
  view.setUint32(16, back ? 0xc6120001 : 0xc6120002)
  view.setUint16(20, back ? 80 : port)
  view.setUint16(22, back ? port : 80)
  view.setUint32(24, seq)
  view.setUint32(28, ack)
  view.setUint16(32, 0x5000 | flags)
  view.setUint16(34, 65_535)
  b.set(text, 40)
  return b
}

const [SYN, ACK] = [2, 16]
const EMPTY = new Uint8Array(0)

/** The header of a pcap of raw IP. */
const fileHeader = (): Uint8Array<ArrayBuffer> => {
  const header = new Uint8Array(24)
  const view = new DataView(header.buffer)
  view.setUint32(0, 0xa1b2c3d4, true)
  view.setUint16(4, 2, true)
  view.setUint16(6, 4, true)
  view.setUint32(16, 65_535, true)
  view.setUint32(20, 101, true)
  return header
}

/** A packet in its frame; `at` ms after the beginning. */
const framed = (at: number, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] => {
  const frame = new Uint8Array(16)
  const view = new DataView(frame.buffer)
  view.setUint32(0, 1_700_000_000 + Math.floor(at / 1000), true)
  view.setUint32(4, (at % 1000) * 1000, true)
  view.setUint32(8, bytes.length, true)
  view.setUint32(12, bytes.length, true)
  return [frame, bytes]
}

/** SYNs, each of a connection of its own, on as many ports and sequence numbers as that takes. */
export const syns = (count: number): File => {
  const parts = [fileHeader()]
  for (let n = 0; n < count; n++)
    parts.push(...framed(n, packet(false, 1024 + (n % 60_000), n, 0, SYN, EMPTY)))
  return new File(parts, 'syns.pcap')
}

/**
 * A pcap of so many packets, 1000 to a connection: 750 bytes a packet.
 * @param packets a multiple of 1000
 */
export const largeCapture = (packets: number): { readonly file: File; readonly connections: number } => {
  const parts = [fileHeader()]
  const add = (at: number, bytes: Uint8Array<ArrayBuffer>) => parts.push(...framed(at, bytes))
  const connections = packets / 1000
  for (let c = 0; c < connections; c++) {
    const port = 10_000 + c
    for (let n = 0; n < 1000; n++) {
      const sent = 1 + NUMBERS * Math.floor((n - 2) / 2)
      const at = 1000 * c + n
      if (n === 0) add(at, packet(false, port, 0, 0, SYN, EMPTY))
      else if (n === 1) add(at, packet(true, port, 0, 1, SYN | ACK, EMPTY))
      else if (n % 2 === 0) add(at, packet(false, port, sent, 1, ACK, TEXT))
      else add(at, packet(true, port, 1, sent + NUMBERS, ACK, EMPTY))
    }
  }
  return { file: new File(parts, 'large.pcap'), connections }
}
