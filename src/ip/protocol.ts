/** Protocols above the IP layer: TCP, ICMP, and others to come. */
import type { Address } from '../wire/address.ts'
import { ANY_IPV4 } from '../wire/address.ts'
import type { PacketBatch } from '../wire/batch.ts'
import type { DropReason } from '../wire/drop.ts'
import type { Quotation } from './icmp-error.ts'

/** A packet that has come to us whole, its header read. One is reused for all: whoever needs it later copies it. */
export class Datagram {
  buffer: Uint8Array = new Uint8Array(0)
  /** The beginning of the packet, and the bytes of its header with options or extension headers. */
  packetStart = 0
  headerLength = 0
  /** The payload: `length` bytes from `start`. */
  start = 0
  length = 0
  source: Address = ANY_IPV4
  destination: Address = ANY_IPV4
  protocol = 0
  /** The octet of Diffserv and ECN. */
  trafficClass = 0
  /** Not by broadcast or multicast. */
  unicast = true
  /** The checksum of the payload need not be verified. */
  trusted = false
  /** Text bytes of each segment on the wire when a device has merged several into this one, else 0. */
  segmentSize = 0
  /** The batch that it came in, and which of its packets it is; null when it was put together from fragments. */
  batch: PacketBatch | null = null
  index = 0
}

/** A protocol above IP. */
export interface Protocol {
  /** A datagram of this protocol has arrived. @returns why it is not used, or null */
  arrives(datagram: Datagram): DropReason | null
  /** An ICMP error quotes a packet of ours of this protocol. @returns why it is ignored, or null */
  troubled(quotation: Quotation): DropReason | null
}
