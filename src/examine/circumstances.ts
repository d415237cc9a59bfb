/**
 * Causes of a difference other than the TCP: an application that does as it likes, and segments of ours that
 * the examined need not take. A check that differs then cannot tell.
 */
import { ACK, FIN, RST, SYN } from '../wire/tcp.ts'
import type { Need } from './check.ts'
import { type Heard, optionOf } from './heard.ts'

export class Circumstances {
  readonly #need: Need
  readonly #doubtful: boolean
  /** The default where its SYN names no MSS (RFC 9293 §3.7.1). */
  #mss: number
  /** The first number beyond the window that it has offered; null before its SYN. */
  #edge: number | null = null
  #shift = 0
  #ack = 0
  /** The number after all that it has sent. */
  #next = 0
  #weClosed = false
  #itClosed = false
  #textAfterItsFin = false
  #excuse: string | null = null

  /** @param doubtful little is known of the application: it may close at any time */
  constructor(need: Need, family: 4 | 6, doubtful: boolean) {
    this.#need = need
    this.#doubtful = doubtful
    this.#mss = family === 4 ? 536 : 1220
  }

  /** The largest text of a segment that the examined takes, by its SYN. */
  get mss(): number {
    return this.#mss
  }

  /** The first number beyond the window that it has offered. */
  get edge(): number {
    return this.#edge ?? 0
  }

  /** The first reason why a difference says nothing of its TCP, or null. */
  get excuse(): string | null {
    return this.#excuse
  }

  /**
   * A segment of ours leaves.
   * @param meant it is to lie beyond what the examined takes: that is what the check is about
   */
  sent(flags: number, seq: number, length: number, meant: boolean): void {
    if (flags & FIN) this.#weClosed = true
    if (length === 0 || flags & (SYN | RST)) return
    if (this.#itClosed) this.#textAfterItsFin = true
    if (meant || this.#edge === null) return
    if (length > this.#mss)
      this.#because(`it takes segments of ${this.#mss} bytes, and the check's are larger`)
    if (seq + length > this.#edge) this.#because('its window holds less than the check sends')
  }

  /** A segment of the examined has come. @returns whether all that it does is to open the window */
  heard(h: Heard): boolean {
    if (h.flags & RST) {
      if (this.#doubtful) this.#because('its application may have closed the connection')
      if (this.#textAfterItsFin)
        this.#because('its application has closed for reading, too, and a reset says so (RFC 9293 §3.6.1)')
      return false
    }
    if (h.flags & SYN) {
      this.#mss = optionOf(h, 'mss')?.value ?? this.#mss
      this.#shift = Math.min(14, optionOf(h, 'wscale')?.value ?? 0)
    }
    // A byte before the first is that of a keep-alive.
    if (h.length > 0 && h.end > 1 && (this.#need === 'discards' || this.#need === 'deaf') && !this.#weClosed)
      this.#because('its application was to be silent, but sends text')
    if (h.flags & FIN) {
      this.#itClosed = true
      if (!this.#weClosed && this.#need !== 'closes') this.#because('its application has closed by itself')
    }
    const opens = this.#opens(h)
    this.#next = Math.max(this.#next, h.end + (h.flags & (SYN | FIN) ? 1 : 0))
    return opens
  }

  #opens({ flags, seq, ack, window, length }: Heard): boolean {
    if (!(flags & ACK)) return false
    const edge = ack + (flags & SYN ? window : window << this.#shift)
    const opens = this.#edge !== null && edge > this.#edge && ack === this.#ack && seq === this.#next
    this.#edge = Math.max(edge, this.#edge ?? edge)
    this.#ack = Math.max(this.#ack, ack)
    return opens && length === 0 && (flags & (SYN | FIN)) === 0
  }

  #because(why: string): void {
    this.#excuse ??= why
  }
}
