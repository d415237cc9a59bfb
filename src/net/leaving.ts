/** Connections whose application lets go of them while they are opened. */
import type { ConnectionUser } from '../tcp/block/connection-user.ts'
import type { ConnectionView as Connection } from '../tcp/block/connection-view.ts'
import type { ErrorCode } from '../tcp/block/error.ts'
import { setUser } from '../tcp/calls.ts'
import type { NetStack } from './host-port.ts'

/** Has a connection established for nobody, and then let go of. */
class Leaving implements ConnectionUser {
  readonly #connection: Connection
  readonly #how: (c: Connection) => void
  readonly #user: ConnectionUser

  constructor(connection: Connection, how: (c: Connection) => void, user: ConnectionUser) {
    this.#connection = connection
    this.#how = how
    this.#user = user
  }

  established(): void {
    setUser(this.#connection, this.#user)
    this.#how(this.#connection)
  }

  readable(): void {}

  writable(): void {}

  closed(error: ErrorCode | null): void {
    this.#user.closed(error)
  }
}

/**
 * Lets go of a connection by `how`: `release`, or `abort`. One that is being opened to the stack itself is established before: on a
 * kernel's loopback the handshake is over when connect() returns, so that its server accepts it and sees its end. To another host
 * nothing more is sent, as by a kernel.
 */
export const letGo = (
  { host }: NetStack,
  connection: Connection,
  how: (c: Connection) => void,
  user: ConnectionUser,
): void => {
  if (connection.state === 'SYN_SENT' && host.interfaces.isOwn(connection.remoteAddress))
    setUser(connection, new Leaving(connection, how, user))
  else how(connection)
}
