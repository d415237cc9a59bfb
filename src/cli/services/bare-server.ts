/** Services on the connections of the core, without a stream in between: what comes is used where it lies. */
import type { ListEntry } from '../../base/linked-list.ts'
import { listenError } from '../../net/errors.ts'
import type { OpenServer, OpenSocket } from '../../net/host-port.ts'
import type { Stack } from '../../net/stack.ts'
import type { ConnectionUser } from '../../tcp/block/connection-user.ts'
import type { ConnectionView as Connection } from '../../tcp/block/connection-view.ts'
import { TcpError } from '../../tcp/block/error.ts'
import { abort, close, release, setUser } from '../../tcp/calls.ts'
import { ANY_IPV4, ANY_IPV6, formatAddress } from '../../wire/address.ts'

/** A service's side of one connection. The stack closes it with its sockets. */
export abstract class BareConnection implements ConnectionUser, OpenSocket {
  readonly connecting = false
  protected readonly connection: Connection
  readonly #stack: Stack
  /** Among the stack's; null once it is gone. */
  #place: ListEntry<OpenSocket> | null

  constructor(stack: Stack, connection: Connection) {
    this.connection = connection
    setUser(connection, this)
    this.#stack = stack
    stack.channels.add()
    this.#place = stack.sockets.add(this)
  }

  // Its name, as a Socket has it: connections are reset by it.
  get localPort(): number {
    return this.connection.localPort
  }
  get remotePort(): number {
    return this.connection.remotePort
  }
  get remoteAddress(): string {
    return formatAddress(this.connection.remoteAddress)
  }

  established(): void {}
  abstract readable(): void
  abstract writable(): void

  closed(): void {
    if (this.#place === null) return
    this.#stack.channels.delete()
    this.#stack.sockets.delete(this.#place)
    this.#place = null
  }

  destroySoon(): void {
    close(this.connection)
  }

  resetAndDestroy(): void {
    abort(this.connection)
  }

  destroy(): void {
    release(this.connection)
  }
}

/**
 * Listens on all addresses of the stack.
 * @throws SystemError as the error of a net.Server
 */
export const serveBare = (
  stack: Stack,
  port: number,
  Kind: new (stack: Stack, connection: Connection) => BareConnection,
): void => {
  const acceptable = () => {
    for (let c = listener.accept(); c !== null; c = listener.accept()) {
      const connection = new Kind(stack, c)
      if (c.state === 'CLOSED') connection.closed()
      else if (c.receiveQueue.length > 0 || c.finReceived) connection.readable()
      else connection.writable()
    }
  }
  const listen = () => {
    try {
      return stack.host.listen(stack.host.interfaces.speaks(6) ? ANY_IPV6 : ANY_IPV4, port, { acceptable })
    } catch (error) {
      if (error instanceof TcpError) throw listenError(error.code, '0.0.0.0', port)
      throw error
    }
  }
  const listener = listen()
  const server: OpenServer = {
    close() {
      listener.close()
      stack.servers.delete(place)
      stack.keeper.release()
    },
  }
  const place = stack.servers.add(server)
  stack.keeper.hold()
}
