/** Several hosts that share their addresses, each with a queue of the device: what one of them asks of the others. */
import type { Address } from '../wire/address.ts'

/** The flow is this host's now. */
export const OURS = -1
/** There is no room for another flow. */
export const NO_ROOM = -2
/** No other host is meant. */
export const NOBODY = -1

/** A packet that one host hands over to another. */
export interface HandedOver {
  readonly bytes: Uint8Array
  /** One of the CHECKSUM_ constants. */
  readonly sum: number
  readonly segmentSize: number
  /** The bits of the hosts that have had it. */
  readonly seen: number
  /** It came by the loopback. */
  readonly loopback: boolean
}

/** The other hosts, as one of them sees them. Each is known by its number. */
export interface HostPool {
  /** The key of 16 bytes that ISNs, SYN cookies and fast open's cookies are made with: the same for all hosts. */
  readonly secret: Uint8Array
  /** The first and the last ephemeral port of this host; no other host has one of them. */
  readonly ephemeralPorts: readonly [number, number]
  /** The bits of the other hosts that have had the packet in hand; 0 for one that has come by a link of this host's. */
  seen: number
  /** The time at which one of the hosts last answered a SYN by a cookie, ms on the clock that they share. */
  readonly cookieSentAt: number
  cookieSent(now: number): void
  /** Takes a flow. Returns {@link OURS}, also where it was ours before; the number of the host that has it; or {@link NO_ROOM}. */
  claim(local: Address, localPort: number, remote: Address, remotePort: number): number
  /** Gives a flow up, if it is ours. */
  release(local: Address, localPort: number, remote: Address, remotePort: number): void
  /** Returns the other host that has a flow, or {@link NOBODY}. */
  ownerOf(local: Address, localPort: number, remote: Address, remotePort: number): number
  /** Says whether this host listens at a port, at any of its addresses. */
  listening(port: number, listens: boolean): void
  /** Returns another host that listens at a port and has not seen the packet in hand, or {@link NOBODY}. */
  listenerAt(port: number): number
  /** Returns the other host that puts together the fragments of this identification, or {@link NOBODY}. */
  reassembler(identification: number): number
  /** Sends another host a packet of `length` bytes at `start`; `sum` is one of the CHECKSUM_ constants. */
  handOver(
    to: number,
    buffer: Uint8Array,
    start: number,
    length: number,
    sum: number,
    segmentSize: number,
    loopback: boolean,
  ): void
  /** Has what was handed over leave now. */
  flush(): void
}
