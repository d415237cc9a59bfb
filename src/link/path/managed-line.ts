/** A transmitter of a rate whose queue is managed: which packet goes next is known when the one before has left. */
import type { Alarm, Clock } from '../../base/clock.ts'
import { milliseconds } from './bottleneck.ts'
import type { QueueDiscipline } from './queue-discipline.ts'
import type { Transit } from './transit.ts'

export class ManagedLine {
  readonly #clock: Clock
  readonly #discipline: QueueDiscipline
  /** Takes the packet that is being sent, with its times. */
  readonly #sent: (packet: Transit) => void
  #rate: number
  #sending: Transit | null = null
  #busyUntil: number
  #alarm: Alarm | null = null

  /** @param busyUntil when the line is free (ms) */
  constructor(
    clock: Clock,
    rate: number,
    busyUntil: number,
    discipline: QueueDiscipline,
    sent: (packet: Transit) => void,
  ) {
    this.#clock = clock
    this.#rate = rate
    this.#busyUntil = busyUntil
    this.#discipline = discipline
    this.#sent = sent
  }

  get busyUntil(): number {
    return this.#busyUntil
  }

  /** Packets that wait. */
  get packets(): number {
    return this.#discipline.packets
  }

  /** Bytes that wait at `now` (ms), without the packet that is being sent. */
  waiting(now: number): number {
    this.#serve(now)
    return this.#discipline.waiting
  }

  /** Takes a packet; false when there is no room for it among the `queue` bytes. */
  admit(packet: Transit, queue: number, now: number): boolean {
    this.#serve(now)
    if (this.#busyUntil > now && this.#discipline.waiting + packet.length > queue) return false
    // A packet that comes to a free line goes at once.
    this.#busyUntil = Math.max(this.#busyUntil, now)
    packet.queuedAt = now
    this.#discipline.enqueue(packet, now)
    this.#serve(now)
    this.#setAlarm()
    return true
  }

  /** The rate changes at `now` (ms): the rest of the packet that is being sent goes at the new one. */
  changeRate(rate: number, now: number): void {
    this.#serve(now)
    const sending = this.#sending
    if (sending !== null && sending.departAt > now) {
      const left = this.#rate === Number.POSITIVE_INFINITY ? 0 : (sending.departAt - now) * this.#rate
      this.#busyUntil = sending.departAt = now + (rate === Number.POSITIVE_INFINITY ? 0 : left / rate)
    }
    this.#rate = rate
    this.#serve(now)
    this.#setAlarm()
  }

  /** Nothing is sent any more. Returns what waits, in its order. */
  end(): Transit[] {
    this.clear()
    const now = this.#clock.now()
    this.#serve(now)
    const rest: Transit[] = []
    for (let next = this.#discipline.dequeue(now); next !== null; next = this.#discipline.dequeue(now))
      rest.push(next)
    return rest
  }

  /** Forgets its alarm. */
  clear(): void {
    if (this.#alarm !== null) this.#clock.cancel(this.#alarm)
    this.#alarm = null
  }

  /** Sends what had its turn up to `now`: at the time of that turn, though the alarm be late. */
  #serve(now: number): void {
    while (this.#busyUntil <= now && this.#discipline.waiting > 0) {
      const at = this.#busyUntil
      const packet = this.#discipline.dequeue(at)
      if (packet === null) return
      packet.startAt = at
      packet.departAt = this.#busyUntil = at + milliseconds(packet.length, this.#rate)
      this.#sending = packet
      this.#sent(packet)
    }
  }

  #setAlarm(): void {
    if (this.#alarm !== null && this.#alarm.at === this.#busyUntil) return
    this.clear()
    if (this.#discipline.waiting > 0) this.#alarm = this.#clock.schedule(this.#busyUntil, this.#ring)
  }

  readonly #ring = (): void => {
    this.#alarm = null
    this.#serve(this.#clock.now())
    this.#setAlarm()
  }
}
