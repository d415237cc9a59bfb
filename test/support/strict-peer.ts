/**
 * A peer that takes no segment, and no reset, but by the letter of RFC 9293 §3.10.7.4 and RFC 5961 §3.2, against a
 * dialogue's host; what travels between them waits until it is delivered or lost. Numbers are relative to the ISNs.
 */
import { FIN, RST } from '../../src/wire/tcp.ts'
import type { Dialogue } from './dialogue.ts'
import type { Sent } from './sent.ts'

export class StrictPeer {
  /** RCV.NXT, and the right edge of its window. */
  rcvNxt = 1
  edge: number
  sndNxt = 1
  /** The number after all of its that is acknowledged. */
  #acked = 1
  reset = false
  /** Resets within its window that it has answered by a challenge ACK. */
  challenges = 0
  /** Text in order that its user has not read. */
  unread = 0
  readonly #room: number
  readonly #held = new Set<number>()
  #fin = -1
  readonly #d: Dialogue
  /** On their way to us, as {@link Dialogue.receives} reads them; and to it. */
  readonly toUs: string[] = []
  readonly #toIt: Sent[] = []

  constructor(d: Dialogue, room: number) {
    this.#d = d
    this.#room = room
    this.edge = 1 + room
  }

  /** Takes our packets that are on their way. */
  collect(): Sent[] {
    const sent = this.#d.skip()
    this.#toIt.push(...sent)
    return sent
  }

  get waiting(): number {
    return this.#toIt.length
  }

  /** The next of ours arrives, or is lost. */
  deliver(lost = false): void {
    const segment = this.#toIt.shift()
    if (segment === undefined || (lost && !(segment.flags & RST))) return
    this.#take(segment)
  }

  /** The next of its arrives, or is lost. */
  answer(lost = false): void {
    const line = this.toUs.shift()
    if (line !== undefined && !lost) this.#d.receives(line)
  }

  /** Its user reads. */
  read(bytes: number): void {
    this.unread -= Math.min(bytes, this.unread)
    this.edge = Math.max(this.edge, this.rcvNxt + this.#room - this.unread)
    this.ack()
  }

  /** It takes back a part of its window, though it should not (SHLD-14). */
  shrink(): void {
    this.edge = this.rcvNxt + ((this.edge - this.rcvNxt) >> 1)
    this.ack()
  }

  /** Its user writes. */
  write(bytes: number): void {
    this.toUs.push(`P. ${this.sndNxt}:${this.sndNxt + bytes}(${bytes}) ack ${this.rcvNxt} win ${this.window}`)
    this.sndNxt += bytes
  }

  /** Sends the first octet that is not acknowledged again. */
  resend(): void {
    if (this.#acked >= this.sndNxt) return
    const end = this.#acked + 1
    this.toUs.push(`P. ${this.#acked}:${end}(1) ack ${this.rcvNxt} win ${this.window}`)
  }

  get window(): number {
    return Math.max(0, this.edge - this.rcvNxt)
  }

  ack(): void {
    this.toUs.push(`. ${this.sndNxt}:${this.sndNxt}(0) ack ${this.rcvNxt} win ${this.window}`)
  }

  #take({ seq: absolute, flags, text, ack }: Sent): void {
    if (this.reset) return
    const d = this.#d
    const seq = (absolute - d.ourIss.get(`${d.remotePort}>${d.localPort}`)!) | 0
    if (flags & RST) {
      if (seq === this.rcvNxt) this.reset = true
      else if (seq > this.rcvNxt && seq < this.edge) {
        this.challenges++
        this.ack()
      }
      return
    }
    this.#acked = Math.max(this.#acked, (ack - d.peerIss) | 0)
    const length = text.length + (flags & FIN ? 1 : 0)
    const last = seq + length - 1
    const within = (n: number) => n >= this.rcvNxt && n < this.edge
    const acceptable =
      length === 0
        ? this.window === 0
          ? seq === this.rcvNxt
          : within(seq)
        : this.window > 0 && (within(seq) || within(last))
    if (!acceptable) {
      this.ack()
      return
    }
    if (length === 0) return
    for (let n = seq; n < seq + text.length; n++) if (within(n)) this.#held.add(n)
    if (flags & FIN) this.#fin = seq + text.length
    for (; this.#held.delete(this.rcvNxt); this.rcvNxt++) this.unread++
    if (this.#fin === this.rcvNxt && this.rcvNxt < this.edge) this.rcvNxt++
    this.ack()
  }
}
