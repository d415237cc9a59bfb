/** epoll(7): which of many sockets are ready, told while they are (level-triggered) or when they become so (edge-triggered). */
import type { Host } from '../host/host.ts'
import { Call, success } from './call.ts'
import {
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLERR,
  EPOLLET,
  EPOLLEXCLUSIVE,
  EPOLLHUP,
  EPOLLONESHOT,
  EPOLLOUT,
} from './constants.ts'
import type { Errno } from './errno.ts'
import { readiness } from './readiness.ts'
import type { StreamSocket } from './stream-socket.ts'

/** struct epoll_event: EPOLL… bits, and what the user wants to be told with them. */
export interface EpollEvent {
  readonly events: number
  readonly data: number
}

/** Bits that say how to tell of events, not which. */
const MODES = EPOLLET | EPOLLONESHOT | EPOLLEXCLUSIVE

/** A socket on the interest list. */
class Interest {
  readonly socket: StreamSocket
  events = 0
  data = 0
  /** The shortage of room that was told to be over. */
  shortage: number

  /** Ends its listening. */
  readonly stop: () => void

  constructor(socket: StreamSocket, wake: (interest: Interest) => void) {
    this.socket = socket
    this.shortage = socket.shortages
    this.stop = socket.observe(cause => {
      if (this.#wokenBy(cause)) wake(this)
    })
  }

  set(event: EpollEvent): void {
    // Errors and hang-ups are told of whether asked for or not.
    this.events = event.events | EPOLLERR | EPOLLHUP
    this.data = event.data
  }

  get edge(): boolean {
    return (this.events & EPOLLET) !== 0
  }

  /** The events that are on. */
  get ready(): number {
    // An interest that was told once (EPOLLONESHOT) has none left, and waits to be changed.
    return readiness(this.socket) & this.events & ~MODES
  }

  /** Returns whether what has happened makes it ready: room counts once after each time that there was none. */
  #wokenBy(cause: number): boolean {
    const on = this.ready & cause
    if (on === 0) return false
    if (on !== EPOLLOUT || cause !== EPOLLOUT) return true
    if (this.shortage === this.socket.shortages) return false
    this.shortage = this.socket.shortages
    return true
  }
}

export class Epoll {
  readonly #host: Host
  readonly #interests = new Map<number, Interest>()
  /** Edge-triggered ones to which something has happened since they were told of. */
  readonly #woken = new Set<Interest>()
  readonly #waiting = new Set<() => void>()

  constructor(host: Host) {
    this.#host = host
  }

  /** As epoll_ctl(2), for the socket behind `fd`. */
  control(operation: number, fd: number, socket: StreamSocket, event: EpollEvent): Errno | null {
    const known = this.#interests.get(fd)
    switch (operation) {
      case EPOLL_CTL_ADD: {
        if (known !== undefined) return 'EEXIST'
        const interest = new Interest(socket, woken => this.#wake(woken))
        this.#interests.set(fd, interest)
        this.#modify(interest, event)
        return null
      }
      case EPOLL_CTL_MOD:
        if (known === undefined) return 'ENOENT'
        this.#modify(known, event)
        return null
      case EPOLL_CTL_DEL:
        if (known === undefined) return 'ENOENT'
        this.forget(fd)
        return null
      default:
        return 'EINVAL'
    }
  }

  /** The descriptor is closed. */
  forget(fd: number): void {
    const interest = this.#interests.get(fd)
    if (interest === undefined) return
    interest.stop()
    this.#woken.delete(interest)
    this.#interests.delete(fd)
  }

  close(): void {
    for (const fd of [...this.#interests.keys()]) this.forget(fd)
  }

  /** As epoll_wait(2): at most `most` events; blocks until there is one or `timeout` (ms, negative: for ever) is over. */
  wait(most: number, timeout: number): Call<readonly EpollEvent[]> {
    if (most <= 0) return Call.failed('EINVAL')
    const now = this.#collect(most)
    if (now.length > 0 || timeout === 0) return Call.done<readonly EpollEvent[]>(success(now))
    const call = new Call<readonly EpollEvent[]>()
    const again = (): void => {
      const events = this.#collect(most)
      if (events.length > 0) call.finish(success(events))
    }
    this.#waiting.add(again)
    call.whenDone(() => this.#waiting.delete(again))
    if (timeout > 0) this.#host.clock.schedule(this.#host.now + timeout, () => call.finish(success([])))
    return call
  }

  #modify(interest: Interest, event: EpollEvent): void {
    interest.set(event)
    if (interest.ready === 0) this.#woken.delete(interest)
    else this.#wake(interest)
  }

  #wake(interest: Interest): void {
    this.#woken.add(interest)
    for (const again of [...this.#waiting]) again()
  }

  #collect(most: number): EpollEvent[] {
    const told: EpollEvent[] = []
    const tolds: [number, Interest][] = []
    for (const [fd, interest] of this.#interests) {
      if (told.length === most) break
      if (interest.edge && !this.#woken.has(interest)) continue
      const events = interest.ready
      this.#woken.delete(interest)
      // Somebody who is told of no room hears of it when there is some.
      if (interest.events & ~events & EPOLLOUT) interest.socket.shortages++
      if (events === 0) continue
      told.push({ events, data: interest.data })
      tolds.push([fd, interest])
      if (interest.events & EPOLLONESHOT) interest.events &= MODES
    }
    // They go behind those that have not been told of: no socket that is always ready keeps the others waiting.
    for (const [fd, interest] of tolds) {
      this.#interests.delete(fd)
      this.#interests.set(fd, interest)
    }
    return told
  }
}
