/** Applications on the kernel's TCP, in a network namespace of its own. */
import type { TunLink } from '../../link/tun.ts'
import type { ErrorCode } from '../../tcp/block/error.ts'
import type { TcpOptions } from '../../tcp/block/options.ts'
import type { State } from '../../tcp/state.ts'
import type { DescriptorCall, Door, DoorOptions, End, Wire, WireOptions } from '../bench.ts'
import type { EndName, Recorder } from '../recorder.ts'
import { Actor, type Report } from './actor.ts'
import { apply, setUp, socketOptions } from './settings.ts'

const DESCRIPTOR_CALLS: Readonly<Record<DescriptorCall, string>> = {
  dup: 'dup(): a second descriptor of the socket',
  closeFirst: 'close() of the first descriptor',
  marker: 'socketpair(), close() of one end',
  dup2: 'dup2() of the other end over the second descriptor',
}

class KernelWire implements Wire {
  received = 0
  intact = true
  ended = false
  error: ErrorCode | null = null
  gone = false
  connected = false
  localPort = 0
  readonly #number: number
  readonly #end: KernelEnd

  constructor(number: number, end: KernelEnd) {
    this.#number = number
    this.#end = end
  }

  async write(bytes: number): Promise<ErrorCode | null> {
    const result = await this.#end.actor.call('write', { wire: this.#number, bytes })
    this.#end.note(`write(${bytes})${result === null ? '' : `: ${result}`}`)
    return result
  }
  async shutdown(): Promise<void> {
    this.#end.note('shutdown()')
    await this.#end.actor.call('shutdown', { wire: this.#number })
  }
  async close(): Promise<void> {
    this.#end.note('close()')
    await this.#end.actor.call('close', { wire: this.#number })
  }
  async read(on: boolean): Promise<void> {
    this.#end.note(on ? 'reads' : 'stops reading')
    await this.#end.actor.call('read', { wire: this.#number, on })
  }
  async descriptor(call: DescriptorCall): Promise<void> {
    this.#end.note(DESCRIPTOR_CALLS[call])
    const error = await this.#end.actor.call(call, { wire: this.#number })
    if (error !== null) throw new Error(`${DESCRIPTOR_CALLS[call]}: ${error}`)
  }

  heard(report: Report): void {
    switch (report.event) {
      case 'port':
        this.localPort = report.port
        break
      case 'connected':
        this.connected = true
        break
      case 'received':
        this.received = report.total
        this.intact &&= report.intact
        break
      case 'ended':
        this.ended = true
        this.#end.note('reads the end')
        break
      case 'closed':
        this.#end.note('close()')
        break
      case 'error':
        this.error = report.code
        this.gone = true
        this.#end.note(report.code)
        break
      case 'gone':
        this.gone = true
        break
    }
  }
}

export class KernelEnd implements End {
  readonly name: EndName
  readonly actor: Actor
  readonly link: TunLink
  readonly #peer: string
  readonly #recorder: Recorder
  readonly #now: () => number
  /** Options that all its sockets have. */
  readonly #tcp: Partial<TcpOptions>
  readonly #wires = new Map<number, KernelWire>()
  readonly #doors = new Map<number, Wire[]>()
  #number = 0
  #closed = false

  /** Use {@link createKernelEnd}. */
  constructor(
    name: EndName,
    peer: string,
    actor: Actor,
    link: TunLink,
    tcp: Partial<TcpOptions>,
    recorder: Recorder,
    now: () => number,
  ) {
    this.name = name
    this.actor = actor
    this.link = link
    this.#peer = peer
    this.#tcp = tcp
    this.#recorder = recorder
    this.#now = now
    actor.onReport = report => this.#hear(report)
  }

  #hear(report: Report): void {
    if (report.event === 'accepted') {
      const wire = new KernelWire(report.wire, this)
      wire.connected = true
      wire.localPort = report.port
      this.#wires.set(report.wire, wire)
      this.#doors.get(report.door)?.push(wire)
    } else this.#wires.get(report.wire)?.heard(report)
  }

  note(text: string): void {
    if (!this.#closed) this.#recorder.note(this.name, this.#now(), text)
  }

  async listen(port: number, options: DoorOptions = {}): Promise<Door | ErrorCode> {
    const { tcp = {}, reuseAddress, reading, closesAtEnd } = options
    const door = ++this.#number
    const accepted: Wire[] = []
    this.#doors.set(door, accepted)
    await apply(this.actor, { ...this.#tcp, ...tcp })
    const error = await this.actor.call('listen', {
      door,
      address: this.#peer.includes(':') ? '::' : '0.0.0.0',
      port,
      reuseAddress,
      reading,
      closesAtEnd,
      ...socketOptions({ ...this.#tcp, ...tcp }),
    })
    if (error !== null) {
      this.note(`listen(): ${error}`)
      return error
    }
    return {
      accepted,
      close: async () => {
        this.note('closes the listener')
        await this.actor.call('closeDoor', { door })
      },
    }
  }

  async connect(port: number, options: WireOptions = {}): Promise<Wire | ErrorCode> {
    const { tcp = {}, localPort, reading, closesAtEnd } = options
    const number = ++this.#number
    const wire = new KernelWire(number, this)
    this.#wires.set(number, wire)
    await apply(this.actor, { ...this.#tcp, ...tcp })
    const error = await this.actor.call('connect', {
      wire: number,
      address: this.#peer,
      port,
      localPort,
      reading,
      closesAtEnd,
      ...socketOptions({ ...this.#tcp, ...tcp }),
    })
    if (error === null) return wire
    this.note(`connect(): ${error}`)
    return error
  }

  async states(): Promise<State[]> {
    return (await this.actor.sockets()).map(({ state }) => state)
  }

  close(): void {
    this.#closed = true
    this.actor.close()
  }
}

/**
 * A network namespace with one address, a TUN device that leads out of it, and the process that makes calls in it.
 * @param ports ephemeral ports, from and to; null for the kernel's own choice
 * @throws TunError, Error where one of them cannot be made: see whyNoKernel()
 */
export const createKernelEnd = async (
  name: EndName,
  addresses: { readonly own: string; readonly peer: string },
  tcp: Partial<TcpOptions>,
  ports: readonly [number, number] | null,
  recorder: Recorder,
  now: () => number,
): Promise<KernelEnd> => {
  const actor = await Actor.start()
  try {
    const link = await actor.join(addresses.own)
    await setUp(actor, tcp, ports)
    return new KernelEnd(name, addresses.peer, actor, link, tcp, recorder, now)
  } catch (error) {
    actor.close()
    throw error
  }
}
