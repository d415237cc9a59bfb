import { AsyncResource } from 'node:async_hooks'
import { put } from '../base/bits.ts'
import type { ListEntry } from '../base/linked-list.ts'
import type { ErrorCode } from '../tcp/block/error.ts'
import type { Lingerer } from './keeper.ts'
import type { WriteCallback } from './sending.ts'

const OF_IPV6 = 1 << 0
const QUEUED = 1 << 1
const ESTABLISHED = 1 << 2
const OPENED = 1 << 3
const TOLD_TWICE = 1 << 4
const READ_OVER = 1 << 5
const RELEASED = 1 << 6
const COUNTED = 1 << 7
/** The place of {@link ChannelState.pending}, which is the last. */
const PENDING = 8

/** State that few channels have, or only when they end. */
class RareState {
  failure: ErrorCode | null = null
  softError: { readonly code: ErrorCode; readonly text: string } | null = null
  shutDown: WriteCallback | null = null
  lingering: ListEntry<Lingerer> | null = null
  closed: (() => void) | null = null
}

/** Shared by all channels that have none. Nothing ever changes it. */
const NO_RARE_STATE = new RareState()

/**
 * The state of a channel, in few words, as there are many that are idle. It is itself what stands for node:net's handle to
 * async_hooks: its user is called in the context in which it was made.
 */
export class ChannelState extends AsyncResource {
  #bits = 0
  #rare = NO_RARE_STATE

  constructor() {
    super('TCPWRAP')
  }

  private own(): RareState {
    if (this.#rare === NO_RARE_STATE) this.#rare = new RareState()
    return this.#rare
  }

  /** Its user sees it as a socket of IPv6: IPv4 addresses are mapped ones. */
  get ofIpv6(): boolean {
    return (this.#bits & OF_IPV6) !== 0
  }
  set ofIpv6(on: boolean) {
    this.#bits = put(this.#bits, OF_IPV6, on)
  }

  /** The events that wait to be told. */
  protected get pending(): number {
    return this.#bits >> PENDING
  }
  protected set pending(events: number) {
    this.#bits = (this.#bits & ((1 << PENDING) - 1)) | (events << PENDING)
  }

  /** A turn has been asked for. */
  protected get queued(): boolean {
    return (this.#bits & QUEUED) !== 0
  }
  protected set queued(on: boolean) {
    this.#bits = put(this.#bits, QUEUED, on)
  }

  /** The handshake is over. */
  protected get isEstablished(): boolean {
    return (this.#bits & ESTABLISHED) !== 0
  }
  protected set isEstablished(on: boolean) {
    this.#bits = put(this.#bits, ESTABLISHED, on)
  }

  /** The owner knows that it is, or how it ended. */
  protected get opened(): boolean {
    return (this.#bits & OPENED) !== 0
  }
  protected set opened(on: boolean) {
    this.#bits = put(this.#bits, OPENED, on)
  }

  /** To connect again has succeeded once. */
  protected get toldTwice(): boolean {
    return (this.#bits & TOLD_TWICE) !== 0
  }
  protected set toldTwice(on: boolean) {
    this.#bits = put(this.#bits, TOLD_TWICE, on)
  }

  /** All was read of which this wake-up tells. */
  protected get readOver(): boolean {
    return (this.#bits & READ_OVER) !== 0
  }
  protected set readOver(on: boolean) {
    this.#bits = put(this.#bits, READ_OVER, on)
  }

  protected get released(): boolean {
    return (this.#bits & RELEASED) !== 0
  }
  protected set released(on: boolean) {
    this.#bits = put(this.#bits, RELEASED, on)
  }

  /** It is one of those whose end the stack waits for. */
  protected get counted(): boolean {
    return (this.#bits & COUNTED) !== 0
  }
  protected set counted(on: boolean) {
    this.#bits = put(this.#bits, COUNTED, on)
  }

  /** The error that has ended the connection. */
  protected get failure(): ErrorCode | null {
    return this.#rare.failure
  }
  protected set failure(code: ErrorCode | null) {
    if (code !== this.#rare.failure) this.own().failure = code
  }

  protected get lastSoftError(): RareState['softError'] {
    return this.#rare.softError
  }
  protected set lastSoftError(error: RareState['softError']) {
    this.own().softError = error
  }

  /** Called back when the owner's FIN has been asked for. */
  protected get shutDown(): WriteCallback | null {
    return this.#rare.shutDown
  }
  protected set shutDown(callback: WriteCallback | null) {
    if (callback !== this.#rare.shutDown) this.own().shutDown = callback
  }

  /** As long as the peer does not have everything. */
  protected get lingering(): ListEntry<Lingerer> | null {
    return this.#rare.lingering
  }
  protected set lingering(lingerer: ListEntry<Lingerer> | null) {
    if (lingerer !== this.#rare.lingering) this.own().lingering = lingerer
  }

  /** Called back when everything is over. */
  protected get whenClosed(): (() => void) | null {
    return this.#rare.closed
  }
  protected set whenClosed(callback: (() => void) | null) {
    this.own().closed = callback
  }
}
