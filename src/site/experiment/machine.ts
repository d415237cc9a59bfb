/** A host of an experiment, and the programs on it: one that listens, and one for each connection. */
import type { Listener } from '../../host/listener.ts'
import { familyOf } from '../../ip/family.ts'
import { OwnWire } from '../../lab/own-wire.ts'
import type { NetworkHost } from '../../sim/network.ts'
import type { ConnectionView } from '../../tcp/block/connection-view.ts'
import { TcpError } from '../../tcp/block/error.ts'
import { abort, setUser } from '../../tcp/calls.ts'
import type { Ends } from '../../view/model/view-event.ts'
import type { Address } from '../../wire/address.ts'
import { type Call, PORT } from './plan.ts'

/** The reasons for which an action is none. */
export type Refusal =
  | 'down'
  | 'up'
  | 'listening'
  | 'not listening'
  | 'no connection'
  | 'not accepted'
  | 'no port'

/** A program's end of a connection. */
interface Socket {
  readonly wire: OwnWire
  readonly connection: ConnectionView
}

export class Machine {
  readonly host: NetworkHost
  readonly address: Address
  readonly #note: (ends: Ends, text: string) => void
  readonly #numberOf: (connection: ConnectionView) => number
  #listener: Listener | null = null
  /** By the number of the connection. */
  readonly #sockets = new Map<number, Socket>()

  /**
   * @param note is told what programs do and hear
   * @param numberOf the number of a connection that has come
   */
  constructor(
    host: NetworkHost,
    family: 4 | 6,
    note: (ends: Ends, text: string) => void,
    numberOf: (connection: ConnectionView) => number,
  ) {
    this.host = host
    this.address = host.addresses.find(address => familyOf(address).version === family)!
    this.#note = note
    this.#numberOf = numberOf
  }

  get isUp(): boolean {
    return this.host.interface.isUp
  }

  listen(): Refusal | null {
    if (!this.isUp) return 'down'
    if (this.#listener !== null) return 'listening'
    try {
      const listener = this.host.listen(familyOf(this.address).any, PORT, {
        acceptable: () => {
          for (let c = listener.accept(); c !== null; c = listener.accept()) {
            const wire = this.#socket(this.#numberOf(c), c)
            setUser(c, wire)
            wire.readable()
          }
        },
      })
      this.#listener = listener
      return null
    } catch (error) {
      if (error instanceof TcpError) return 'no port'
      throw error
    }
  }

  stopListening(): Refusal | null {
    if (this.#listener === null) return 'not listening'
    this.#listener.close()
    this.#listener = null
    return null
  }

  /**
   * Connects to another host.
   * @param bound from {@link PORT}, not from an ephemeral port
   * @returns the port that it does so from, or why it does not
   */
  connect(number: number, to: Address, bound: boolean): number | Refusal {
    if (!this.isUp) return 'down'
    const wire = this.#wire()
    try {
      const connection = this.host.connect(to, PORT, wire.wire, bound ? { localPort: PORT } : {})
      wire.attach(connection)
      this.#sockets.set(number, { wire: wire.wire, connection })
      return connection.localPort
    } catch (error) {
      if (error instanceof TcpError) return 'no port'
      throw error
    }
  }

  #wire() {
    let connection: ConnectionView | null = null
    const wire = new OwnWire(
      {},
      text => {
        if (connection !== null) this.#note(connection, text)
      },
      () => {},
    )
    return {
      wire,
      attach(c: ConnectionView) {
        connection = c
        wire.attach(c)
      },
    }
  }

  #socket(number: number, connection: ConnectionView): OwnWire {
    const { wire, attach } = this.#wire()
    attach(connection)
    wire.connected = true
    this.#sockets.set(number, { wire, connection })
    return wire
  }

  /** A call of the program that has this connection. */
  call(what: Call | 'send', number: number, bytes: number): Refusal | null {
    if (!this.isUp) return 'down'
    const socket = this.#sockets.get(number)
    if (socket === undefined) return 'not accepted'
    const { wire, connection } = socket
    switch (what) {
      case 'send':
        wire.write(bytes)
        break
      case 'shutdown':
        wire.shutdown()
        break
      case 'close':
        wire.close()
        break
      case 'abort':
        this.#note(connection, 'abort()')
        abort(connection)
        break
      case 'stop reading':
      case 'read':
        wire.read(what === 'read')
        break
    }
    return null
  }

  /** The power is cut: nothing leaves it any more, nobody is told, and all is forgotten. */
  crash(): Refusal | null {
    if (!this.isUp) return 'down'
    this.host.interface.isUp = false
    this.host.abortAll()
    // It would leave when the host is there again.
    for (const each of this.host.interfaces.all) each.flush()
    this.#listener = null
    this.#sockets.clear()
    return null
  }

  reboot(): Refusal | null {
    if (this.isUp) return 'up'
    this.host.interface.isUp = true
    return null
  }
}
