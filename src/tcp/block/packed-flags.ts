import { put } from '../../base/bits.ts'
import { Flow } from '../../ip/flow.ts'

const AWAKE = 1 << 0
const FIN_QUEUED = 1 << 1
const HOLDING = 1 << 2
const FLUSHING = 1 << 3
const FIN_RECEIVED = 1 << 4
const ORPHANED = 1 << 5
const WINDOW_LIMITED = 1 << 6
const USER_TIMEOUT_DUE = 1 << 7
const TIMING = 1 << 8
const SCALING_AGREED = 1 << 9
const TIMESTAMPS = 1 << 10
const SACK = 1 << 11
const ACTIVE = 1 << 12
const HANDSHAKE_ACKED = 1 << 15
const RESTING = 1 << 24
const WINDOW_PROBED = 1 << 25
const PING_PONG = 1 << 26
/** Fields of more than one bit: where each begins, and its mask. */
const ACK_DUE = 13
const ACK_DUE_MASK = 3
const NOTICES = 16
const NOTICE_MASK = 0x7f

/** Acknowledgment owed: nothing, one that may wait for company, one that may not. */
export const ACK_NONE = 0
export const ACK_DELAYED = 1
export const ACK_NOW = 2

/** The flags of a connection, and small numbers. In JavaScript each would take a word of its own: these share one. */
export class Flags extends Flow {
  #bits = 0

  constructor({ localAddress, localPort, remoteAddress, remotePort, route }: Readonly<Flow>) {
    super(localAddress, localPort, remoteAddress, remotePort)
    this.route = route
  }

  /** All of them at once, for a record that keeps them. */
  get flagBits(): number {
    return this.#bits
  }
  set flagBits(bits: number) {
    this.#bits = bits
  }

  get ackDue(): typeof ACK_NONE | typeof ACK_DELAYED | typeof ACK_NOW {
    return ((this.#bits >> ACK_DUE) & ACK_DUE_MASK) as 0 | 1 | 2
  }
  set ackDue(due: typeof ACK_NONE | typeof ACK_DELAYED | typeof ACK_NOW) {
    this.#bits = (this.#bits & ~(ACK_DUE_MASK << ACK_DUE)) | (due << ACK_DUE)
  }

  /** NOTICE_ bits that the host hands to the user after the batch. */
  get notices(): number {
    return (this.#bits >> NOTICES) & NOTICE_MASK
  }
  set notices(notices: number) {
    this.#bits = (this.#bits & ~(NOTICE_MASK << NOTICES)) | (notices << NOTICES)
  }

  /** True when the host has it on its list of connections to look after at the end of the batch. */
  get awake(): boolean {
    return (this.#bits & AWAKE) !== 0
  }
  set awake(on: boolean) {
    this.#bits = put(this.#bits, AWAKE, on)
  }

  /** The user has called CLOSE: a FIN follows what is queued. */
  get finQueued(): boolean {
    return (this.#bits & FIN_QUEUED) !== 0
  }
  set finQueued(on: boolean) {
    this.#bits = put(this.#bits, FIN_QUEUED, on)
  }

  /** The user has said that more follows at once: a small rest waits for it until the next ACK (MSG_MORE). */
  get holding(): boolean {
    return (this.#bits & HOLDING) !== 0
  }
  set holding(on: boolean) {
    this.#bits = put(this.#bits, HOLDING, on)
  }

  /** Everything queued is to leave now, whatever holds small segments back. */
  get flushing(): boolean {
    return (this.#bits & FLUSHING) !== 0
  }
  set flushing(on: boolean) {
    this.#bits = put(this.#bits, FLUSHING, on)
  }

  /** The peer's FIN has been taken in order. */
  get finReceived(): boolean {
    return (this.#bits & FIN_RECEIVED) !== 0
  }
  set finReceived(on: boolean) {
    this.#bits = put(this.#bits, FIN_RECEIVED, on)
  }

  /** The user has let go: nobody reads any more, what arrives is answered with a RST (SHLD-3, MAY-1). */
  get orphaned(): boolean {
    return (this.#bits & ORPHANED) !== 0
  }
  set orphaned(on: boolean) {
    this.#bits = put(this.#bits, ORPHANED, on)
  }

  /** True when the congestion window was what last held sending back: only then may it grow. */
  get windowLimited(): boolean {
    return (this.#bits & WINDOW_LIMITED) !== 0
  }
  set windowLimited(on: boolean) {
    this.#bits = put(this.#bits, WINDOW_LIMITED, on)
  }

  /** The next segment that is no SYN tells the peer of our user timeout. */
  get userTimeoutDue(): boolean {
    return (this.#bits & USER_TIMEOUT_DUE) !== 0
  }
  set userTimeoutDue(on: boolean) {
    this.#bits = put(this.#bits, USER_TIMEOUT_DUE, on)
  }

  /** A segment is being timed, for there are no timestamps: RFC 6298 (3). */
  get timing(): boolean {
    return (this.#bits & TIMING) !== 0
  }
  set timing(on: boolean) {
    this.#bits = put(this.#bits, TIMING, on)
  }

  /** Both SYNs carried the window scale option. */
  get scalingAgreed(): boolean {
    return (this.#bits & SCALING_AGREED) !== 0
  }
  set scalingAgreed(on: boolean) {
    this.#bits = put(this.#bits, SCALING_AGREED, on)
  }

  /** Both SYNs carried the timestamps option. */
  get timestamps(): boolean {
    return (this.#bits & TIMESTAMPS) !== 0
  }
  set timestamps(on: boolean) {
    this.#bits = put(this.#bits, TIMESTAMPS, on)
  }

  /** Both SYNs carried the SACK-permitted option. */
  get sack(): boolean {
    return (this.#bits & SACK) !== 0
  }
  set sack(on: boolean) {
    this.#bits = put(this.#bits, SACK, on)
  }

  /** Our side has opened it (active OPEN). */
  get active(): boolean {
    return (this.#bits & ACTIVE) !== 0
  }
  set active(on: boolean) {
    this.#bits = put(this.#bits, ACTIVE, on)
  }

  /** A probe has left since the peer's window was shut. */
  get windowProbed(): boolean {
    return (this.#bits & WINDOW_PROBED) !== 0
  }
  set windowProbed(on: boolean) {
    this.#bits = put(this.#bits, WINDOW_PROBED, on)
  }

  /** The ACK of our SYN,ACK has come, and waits for text to come (the option deferAccept). */
  get handshakeAcked(): boolean {
    return (this.#bits & HANDSHAKE_ACKED) !== 0
  }
  set handshakeAcked(on: boolean) {
    this.#bits = put(this.#bits, HANDSHAKE_ACKED, on)
  }

  /** We answer soon after the peer has sent: ACKs can ride along (Linux's ping-pong mode). */
  get pingPong(): boolean {
    return (this.#bits & PING_PONG) !== 0
  }
  set pingPong(on: boolean) {
    this.#bits = put(this.#bits, PING_PONG, on)
  }

  /** Sending has found nothing to do, and nothing was queued or sent since. */
  get resting(): boolean {
    return (this.#bits & RESTING) !== 0
  }
  set resting(on: boolean) {
    this.#bits = put(this.#bits, RESTING, on)
  }
}
