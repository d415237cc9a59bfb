import { AsyncResource } from 'node:async_hooks'
import type { ListEntry } from '../base/linked-list.ts'
import type { Listener } from '../host/listener.ts'
import { listenInTurns } from '../net/accept-turns.ts'
import { addressInfo } from '../net/address-info.ts'
import type { NetStack, OpenServer } from '../net/host-port.ts'
import { statusOf } from '../net/system-status.ts'
import { inTurn } from '../net/turn.ts'
import type { ConnectionView as Connection } from '../tcp/block/connection-view.ts'
import { type ErrorCode, TcpError } from '../tcp/block/error.ts'
import { handleClosed, handleMade } from './open-handles.ts'
import type { Relay, Unlisten } from './relay.ts'
import { addressOf } from './routes.ts'
import { acceptedHandle, type Name } from './stack-handle.ts'

/** A handle in place of the kernel's listening socket, for a net.Server of Node's, with a listener of our stack. */
export class ServerHandle {
  /** Node's, which makes a socket of a handle. */
  onconnection: ((status: number, handle: object) => void) | null = null
  /** The other stack listens too, or cannot; not called without one. */
  onshared: ((code: ErrorCode | null) => void) | null = null
  /** It is closed, and the other stack listens no longer: the port is free. Not called without one. */
  onfree: (() => void) | null = null
  readonly #stack: NetStack
  readonly #address: string
  readonly #port: number
  readonly #ipv6Only: boolean
  readonly #context = new AsyncResource('TCPSERVERWRAP')
  readonly #relay: Relay | null
  #listener: Listener | null = null
  /** Ends what listens for it in another thread. */
  #unlisten: Unlisten | null = null
  /** Among those of the stack. */
  #place: ListEntry<OpenServer> | null = null
  #referenced = true
  #holding = false

  /** `::` stands for all addresses of the stack, unless `ipv6Only`. */
  constructor(stack: NetStack, address: string, port: number, ipv6Only = false, relay: Relay | null = null) {
    this.#stack = stack
    this.#relay = relay
    this.#address = address
    this.#ipv6Only = ipv6Only
    this.#port = port
    handleMade(this, 'TCPServerWrap')
  }

  /** As with the kernel, a second time it only gets another backlog. */
  listen(backlog: number): number {
    if (this.#listener !== null) return 0
    const address = addressOf(this.#address)
    if (address === null) return statusOf('EADDRNOTAVAIL')
    const ipv6Only = this.#ipv6Only
    try {
      this.#listener = listenInTurns(
        this.#stack,
        address,
        this.#port,
        { backlog, ipv6Only },
        (connection, listener) => this.#welcome(connection, listener),
      )
    } catch (error) {
      if (!(error instanceof TcpError)) throw error
      return statusOf(error.code)
    }
    this.#place = this.#stack.servers.add(this)
    const { localPort: port } = this.#listener
    if (this.#relay !== null) {
      const told = (code: string | null) => this.onshared?.(code as ErrorCode | null)
      this.#unlisten = this.#relay.listen(this, { address: this.#address, port, ipv6Only }, told)
    }
    if (this.#referenced) this.#hold()
    return 0
  }

  #welcome(connection: Connection, listener: Listener): void {
    const handle = acceptedHandle(this.#stack)
    const made = () => this.onconnection?.(0, handle)
    this.#context.runInAsyncScope(() => handle.accept(connection, listener.dualStack, made))
  }

  /** A connection of another thread's stack. */
  take(handle: object): void {
    this.#context.runInAsyncScope(() => this.onconnection?.(0, handle))
  }

  getsockname(name: Name): number {
    const listener = this.#listener
    if (listener === null) return statusOf('EINVAL')
    Object.assign(name, addressInfo(listener.localAddress, listener.localPort))
    return 0
  }

  getAsyncId(): number {
    return this.#context.asyncId()
  }

  close(callback?: () => void): void {
    this.#listener?.close()
    this.#listener = null
    if (this.#place !== null) this.#stack.servers.delete(this.#place)
    this.#letGo()
    inTurn(
      this.#stack,
      () => {
        handleClosed(this)
        callback?.()
        this.#context.emitDestroy()
      },
      'closing',
    )
    this.#unlisten?.(() => this.onfree?.())
    this.#unlisten = null
  }

  ref(): void {
    this.#referenced = true
    if (this.#listener !== null) this.#hold()
  }

  unref(): void {
    this.#referenced = false
    this.#letGo()
  }

  hasRef(): boolean {
    return this.#referenced
  }

  #hold(): void {
    if (this.#holding) return
    this.#holding = true
    this.#stack.keeper.hold()
  }

  #letGo(): void {
    if (!this.#holding) return
    this.#holding = false
    this.#stack.keeper.release()
  }
}
