/** A thread or a child process uses the stack of the process that has begun it. */
import nodeNet from 'node:net'
import type { NetStack } from '../net/host-port.ts'
import { ANY_IPV6 } from '../wire/address.ts'
import { FramedCarrier } from './carrier.ts'
import { type Asked, Frames, type Heard, type ListenName, writeMessage } from './relay-frames.ts'
import { RelayHandle } from './relay-handle.ts'
import type { ServerHandle } from './server-handle.ts'

export type Unlisten = (closed: () => void) => void

export class Relay {
  readonly #path: string
  readonly #token: string
  readonly #stack: NetStack

  /** @param stack the one of this thread, for what listens in it */
  constructor(path: string, token: string, stack: NetStack) {
    this.#path = path
    this.#token = token
    this.#stack = stack
  }

  /** Returns whether a connection to this port goes to the other stack: nobody listens there in this thread. */
  connects(port: number): boolean {
    return !this.#stack.host.listeners.taken(ANY_IPV6, port)
  }

  handle(): RelayHandle {
    return new RelayHandle(
      this.#stack,
      (connect, from, reader) => new FramedCarrier(this.#ask({ token: this.#token, connect, from }), reader),
    )
  }

  /**
   * Has the other stack listen for a server of this thread's. `done` gets the errno's name when it cannot. The function
   * that is returned ends it, and calls back when the port is free.
   */
  listen(server: ServerHandle, name: ListenName, done: (code: string | null) => void): Unlisten {
    const socket = this.#ask({ token: this.#token, listen: name })
    const answer = (code: string | null) => {
      socket.unref()
      done(code)
    }
    const frames = new Frames(socket, {
      message: ({ listens, accepted }: Heard) => {
        if (accepted !== undefined) this.#accept(server, accepted)
        else if (listens !== undefined) answer(listens)
      },
    })
    // Nobody lends a stack any more: the server is there for this thread.
    socket.once('close', () => answer(null))
    return closed => {
      if (socket.closed) {
        closed()
        return
      }
      // A close that is under way keeps the process, as that of a handle of the kernel's does.
      socket.ref()
      socket.once('close', closed)
      frames.end()
      socket.end()
    }
  }

  #accept(server: ServerHandle, id: number): void {
    const socket = this.#ask({ token: this.#token, accept: id })
    RelayHandle.accepted(
      this.#stack,
      reader => new FramedCarrier(socket, reader),
      handle => server.take(handle),
    )
  }

  #ask(asked: Asked): nodeNet.Socket {
    const socket = nodeNet.connect({ path: this.#path, allowHalfOpen: true })
    socket.on('error', () => {})
    writeMessage(socket, asked)
    return socket
  }
}
