/** Whole connections through one bottleneck, in virtual time: what their controllers make of it. */
import type { PathOptions } from '../../../src/link/path/options.ts'
import { createNetwork, type NetworkLink } from '../../../src/sim/network.ts'
import type { VirtualClock } from '../../../src/sim/virtual-clock.ts'
import type { ConnectionUser } from '../../../src/tcp/block/connection-user.ts'
import type { ConnectionView as Connection } from '../../../src/tcp/block/connection-view.ts'
import type { TcpOptions } from '../../../src/tcp/block/options.ts'
import { receive, send, sendRoom, setUser } from '../../../src/tcp/calls.ts'
import type { Address } from '../../../src/wire/address.ts'

const BLOCK = new Uint8Array(65_536)
const PORT = 80

const nothing = (): void => {}
const IDLE: ConnectionUser = { established: nothing, readable: nothing, writable: nothing, closed: nothing }

/** The doings of a flow in a stretch of time. */
export interface Stretch {
  /** Bits per second of text that arrived. */
  readonly rate: number
  /** The mean of the sender's smoothed round trip, ms, looked at every 10 ms. */
  readonly rtt: number
}

/** A sender that always has more to say, and its receiver. */
export class Flow {
  received = 0
  /** Bytes that may still be said; by default there is no end. */
  left = Number.POSITIVE_INFINITY
  readonly connection: Connection
  #say: () => void

  constructor(connection: Connection, say: () => void) {
    this.connection = connection
    this.#say = say
  }

  /** Says so many bytes more, of those it has. */
  say(bytes: number): void {
    this.left = bytes
    this.#say()
  }
}

export class Bottleneck {
  readonly clock: VirtualClock
  readonly link: NetworkLink
  /** Makes a flow that begins now, with a controller of this name. */
  readonly flow: (control: string, left?: number) => Flow
  readonly #run: (ms: number) => void

  /** Data meets `path`; ACKs meet its delay, and nothing else. */
  constructor(seed: number, path: PathOptions, tcp: Partial<TcpOptions> = {}) {
    const network = createNetwork({ seed, tcp, ladder: 0 })
    this.clock = network.clock
    this.#run = ms => network.run(ms)
    const receiver = network.host('receiver')
    const router = network.router()
    this.link = network.link(router, receiver, path, { delay: path.delay ?? 0 })
    const flows = new Map<Address, Flow>()
    const listener = receiver.listen(0, PORT, {
      acceptable: () => {
        for (let c = listener.accept(); c !== null; c = listener.accept()) {
          const accepted = c
          const read = (): void => {
            for (let chunk = receive(accepted); chunk !== null; chunk = receive(accepted)) {
              const flow = flows.get(accepted.remoteAddress)
              if (flow !== undefined) flow.received += chunk.length
            }
          }
          setUser(accepted, { ...IDLE, readable: read })
          read()
        }
      },
    })
    this.flow = (control, left = Number.POSITIVE_INFINITY) => {
      const host = network.host(`sender ${flows.size + 1}`, { tcp: { congestionControl: control } })
      network.link(host, router)
      const say = (): void => {
        while (flow.left > 0 && sendRoom(connection) > 0) {
          const length = Math.min(BLOCK.length, flow.left)
          send(connection, BLOCK.subarray(0, length))
          flow.left -= length
        }
      }
      const connection: Connection = host.connect(receiver.address, PORT, {
        ...IDLE,
        established: say,
        writable: say,
      })
      const flow = new Flow(connection, say)
      flow.left = left
      flows.set(host.address, flow)
      return flow
    }
  }

  /** Lets `ms` pass; what each of the flows did in it. */
  run(ms: number, ...flows: Flow[]): Stretch[] {
    const before = flows.map(flow => flow.received)
    const rtts = flows.map(() => 0)
    const steps = Math.round(ms / 10)
    for (let step = 0; step < steps; step++) {
      this.#run(10)
      flows.forEach((flow, n) => {
        rtts[n]! += flow.connection.rto.srtt / steps
      })
    }
    return flows.map((flow, n) => ({ rate: ((flow.received - before[n]!) * 8000) / ms, rtt: rtts[n]! }))
  }
}
