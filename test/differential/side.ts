/** The TCP that is tested, as the peer's half of a case needs it: ours in virtual time, and a kernel's sockets. */

/** One connection of it, or the one to come. */
export interface Side {
  /** Its address, and that of the peer. */
  readonly address: number
  readonly peer: number
  /** The port that listens. */
  readonly port: number
  /** Hands a packet in. All that it sends in answer, at once: no timer has run. */
  send(packet: Uint8Array): Promise<Uint8Array[]>
  /** Has it connect to this port of the peer's. */
  dial(port: number): Promise<Uint8Array[]>
  /** A call on the connection with this port of the peer's. */
  call(port: number, call: 'write' | 'shutdown' | 'close'): Promise<Uint8Array[]>
  /** The connection with this port is not needed any more. */
  forget(port: number): void
  /** Milliseconds on its clock. */
  now(): number
}
