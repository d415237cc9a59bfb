/** Applications on the kernel's TCP, in a network namespace of its own: a process makes their calls there. */
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process'
import { existsSync, readlinkSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openTun, type TunLink } from '../../link/tun.ts'
import type { ErrorCode } from '../../tcp/error.ts'
import type { State } from '../../tcp/state.ts'
import type { Door, End, Wire, WireOptions } from '../bench.ts'
import type { EndName, Recorder } from '../recorder.ts'

/** Beside the compiled file there is only what the compiler made. */
const ACTOR = fileURLToPath(new URL('../../../../src/lab/kernel/actor.py', import.meta.url))

type Report = Record<string, never> & {
  readonly id?: number
  readonly result?: unknown
  readonly event?: string
  readonly wire: number
  readonly door: number
  readonly port: number
  readonly code: ErrorCode
  readonly total: number
  readonly intact: boolean
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
    const result = (await this.#end.call('write', { wire: this.#number, bytes })) as ErrorCode | null
    this.#end.note(`write(${bytes})${result === null ? '' : `: ${result}`}`)
    return result
  }
  async shutdown(): Promise<void> {
    this.#end.note('shutdown()')
    await this.#end.call('shutdown', { wire: this.#number })
  }
  async close(): Promise<void> {
    this.#end.note('close()')
    await this.#end.call('close', { wire: this.#number })
  }
  async read(on: boolean): Promise<void> {
    this.#end.note(on ? 'reads' : 'stops reading')
    await this.#end.call('read', { wire: this.#number, on })
  }

  heard(report: Report): void {
    if (report.event === 'port') this.localPort = report.port
    else if (report.event === 'connected') this.connected = true
    else if (report.event === 'received') {
      this.received = report.total
      this.intact &&= report.intact
    } else if (report.event === 'ended') {
      this.ended = true
      this.#end.note('reads the end')
    } else if (report.event === 'error') {
      this.error = report.code
      this.gone = true
      this.#end.note(report.code)
    } else if (report.event === 'gone') this.gone = true
  }
}

export class KernelEnd implements End {
  readonly name: EndName
  readonly link: TunLink
  readonly #peer: string
  readonly #recorder: Recorder
  readonly #now: () => number
  readonly #process: ChildProcessWithoutNullStreams
  readonly #holder: ChildProcessWithoutNullStreams
  readonly #answers = new Map<number, (result: unknown) => void>()
  readonly #wires = new Map<number, KernelWire>()
  readonly #doors = new Map<number, Wire[]>()
  #number = 0
  #closed = false

  /** Use {@link createKernelEnd}. */
  constructor(
    name: EndName,
    peer: string,
    link: TunLink,
    holder: ChildProcessWithoutNullStreams,
    recorder: Recorder,
    now: () => number,
  ) {
    this.name = name
    this.#peer = peer
    this.link = link
    this.#holder = holder
    this.#recorder = recorder
    this.#now = now
    this.#process = spawn('nsenter', ['--target', String(holder.pid), '--net', '--', 'python3', '-u', ACTOR])
    this.#process.stderr.pipe(process.stderr)
    createInterface(this.#process.stdout).on('line', line => this.#hear(JSON.parse(line) as Report))
    this.#process.on('close', code => {
      for (const answer of this.#answers.values()) answer(`the process ended with ${code}`)
    })
    this.#process.stdin.on('error', () => {})
  }

  #hear(report: Report): void {
    if (report.id !== undefined) {
      this.#answers.get(report.id)?.(report.result)
      this.#answers.delete(report.id)
    } else if (report.event === 'accepted') {
      const wire = new KernelWire(report.wire, this)
      wire.connected = true
      wire.localPort = report.port
      this.#wires.set(report.wire, wire)
      this.#doors.get(report.door)?.push(wire)
    } else this.#wires.get(report.wire)?.heard(report)
  }

  /** Has the process make a call; its result. */
  call(what: string, more: object = {}): Promise<unknown> {
    const id = ++this.#number
    return new Promise(resolve => {
      this.#answers.set(id, resolve)
      this.#process.stdin.write(`${JSON.stringify({ id, do: what, ...more })}\n`)
    })
  }

  note(text: string): void {
    if (!this.#closed) this.#recorder.note(this.name, this.#now(), text)
  }

  async listen(
    port: number,
    options: WireOptions & { readonly reuseAddress?: boolean } = {},
  ): Promise<Door | ErrorCode> {
    const door = ++this.#number
    const accepted: Wire[] = []
    this.#doors.set(door, accepted)
    const error = await this.call('listen', { door, port, options: socketOptions(options) })
    if (error !== null) {
      this.note(`listen(): ${error}`)
      return error as ErrorCode
    }
    return {
      accepted,
      close: async () => {
        this.note('closes the listener')
        await this.call('closeDoor', { door })
      },
    }
  }

  async connect(port: number, options: WireOptions = {}): Promise<Wire | ErrorCode> {
    const number = ++this.#number
    const wire = new KernelWire(number, this)
    this.#wires.set(number, wire)
    const error = await this.call('connect', {
      wire: number,
      address: this.#peer,
      port,
      options: socketOptions(options),
    })
    if (error === null) return wire
    this.note(`connect(): ${error}`)
    return error as ErrorCode
  }

  async states(): Promise<State[]> {
    return (await this.call('states')) as State[]
  }

  close(): void {
    this.#closed = true
    this.#process.stdin.end()
    this.#holder.stdin.end()
  }
}

/** What of a lab's options the kernel has by socket options. */
const socketOptions = ({ tcp, ...options }: WireOptions): object => ({
  ...options,
  // The kernel doubles it, and takes half of that for itself.
  ...(tcp?.receiveBuffer === undefined ? {} : { receiveBuffer: tcp.receiveBuffer }),
})

/**
 * A network namespace with one address, a TUN device that leads out of it, and the process that makes calls in it. To
 * be called where a device may be made: as root, in a namespace of one's own.
 */
export const createKernelEnd = async (
  name: EndName,
  address: string,
  peer: string,
  recorder: Recorder,
  now: () => number,
): Promise<KernelEnd> => {
  const own = readlinkSync('/proc/self/ns/net')
  // It ends with its input, and so with us however we end.
  const holder = spawn('unshare', ['--net', 'cat'])
  const namespace = `/proc/${holder.pid}/ns/net`
  while (!existsSync(namespace) || readlinkSync(namespace) === own) await setTimeout(2)
  const enter = (...words: string[]) =>
    execFileSync('nsenter', ['--target', String(holder.pid), '--net', '--', ...words])
  const link = openTun({ name: `${name}0`, up: false })
  execFileSync('ip', ['link', 'set', `${name}0`, 'netns', String(holder.pid)])
  enter('ip', 'address', 'add', `${address}/24`, 'dev', `${name}0`)
  enter('ip', 'link', 'set', `${name}0`, 'up')
  enter('ip', 'link', 'set', 'lo', 'up')
  return new KernelEnd(name, peer, link, holder, recorder, now)
}
