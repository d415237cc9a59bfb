/** Applications on a host of ours, in virtual time or in real time. */
import type { Host } from '../host/host.ts'
import { hostStatus } from '../host/status.ts'
import { familyOf } from '../ip/family.ts'
import { Connection } from '../tcp/block/connection.ts'
import { type ErrorCode, TcpError } from '../tcp/block/error.ts'
import { setUser } from '../tcp/calls.ts'
import type { State } from '../tcp/state.ts'
import { status } from '../tcp/status.ts'
import type { Address } from '../wire/address.ts'
import type { Door, DoorOptions, End, Wire, WireOptions } from './bench.ts'
import { OwnWire } from './own-wire.ts'
import type { EndName, Recorder } from './recorder.ts'

/** An end on a host of ours. */
export class OwnEnd implements End {
  readonly name: EndName
  readonly host: Host
  readonly #peer: Address
  readonly #recorder: Recorder
  readonly #changed: () => void

  constructor(name: EndName, host: Host, peer: Address, recorder: Recorder, changed: () => void) {
    this.name = name
    this.host = host
    this.#peer = peer
    this.#recorder = recorder
    this.#changed = changed
    recorder.watchWindows(name, c => {
      const found = host.connections.get(c.localAddress, c.localPort, c.remoteAddress, c.remotePort)
      return found instanceof Connection ? status(found) : null
    })
  }

  note(text: string): void {
    this.#recorder.note(this.name, this.host.clock.now(), text)
  }

  #wire(options: WireOptions): OwnWire {
    return new OwnWire(options, text => this.note(text), this.#changed)
  }

  listen(port: number, options: DoorOptions = {}): Door | ErrorCode {
    const accepted: Wire[] = []
    try {
      const listener = this.host.listen(
        familyOf(this.#peer).any,
        port,
        {
          acceptable: () => {
            for (let c = listener.accept(); c !== null; c = listener.accept()) {
              const wire = this.#wire(options)
              wire.attach(c)
              wire.connected = true
              setUser(c, wire)
              accepted.push(wire)
              wire.readable()
            }
          },
        },
        { reuseAddress: options.reuseAddress ?? true, options: options.tcp ?? {} },
      )
      return {
        accepted,
        close: () => {
          this.note('closes the listener')
          listener.close()
        },
      }
    } catch (error) {
      return this.#failed('listen', error)
    }
  }

  connect(port: number, options: WireOptions = {}): Wire | ErrorCode {
    const wire = this.#wire(options)
    try {
      const { localPort, tcp } = options
      wire.attach(
        this.host.connect(this.#peer, port, wire, {
          ...(localPort === undefined ? {} : { localPort }),
          ...(tcp === undefined ? {} : { options: tcp }),
        }),
      )
      return wire
    } catch (error) {
      return this.#failed('connect', error)
    }
  }

  #failed(call: string, error: unknown): ErrorCode {
    if (!(error instanceof TcpError)) throw error
    this.note(`${call}(): ${error.code}`)
    return error.code
  }

  states(): State[] {
    return hostStatus(this.host).map(({ state }) => state)
  }
}
