/** The process that makes calls on the kernel's TCP, in a network namespace of its own: native/lab-actor.c. */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { actorFile } from '../../link/native-files.ts'
import { openTun, type TunLink } from '../../link/tun.ts'
import type { ErrorCode } from '../../tcp/block/error.ts'
import type { State } from '../../tcp/state.ts'

/** Events that happen by themselves. */
export type Report =
  | {
      readonly event: 'port' | 'connected' | 'ended' | 'closed' | 'gone'
      readonly wire: number
      readonly port: number
    }
  | { readonly event: 'error'; readonly wire: number; readonly code: ErrorCode }
  | { readonly event: 'received'; readonly wire: number; readonly total: number; readonly intact: boolean }
  | { readonly event: 'accepted'; readonly door: number; readonly wire: number; readonly port: number }

/** A socket of the namespace, as /proc/net/tcp has it. */
export interface KernelSocket {
  readonly state: State
  readonly localPort: number
  readonly remotePort: number
}

/** By number: TCP_ESTABLISHED is 1 (include/net/tcp_states.h). */
const STATES: readonly State[] = [
  'CLOSED',
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECEIVED',
  'FIN_WAIT_1',
  'FIN_WAIT_2',
  'TIME_WAIT',
  'CLOSED',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'CLOSING',
  'SYN_RECEIVED',
]

/** Names of devices in the namespace where they are made; they are moved away at once. */
let devices = 0

export class Actor {
  /** Told of all that happens by itself. */
  onReport: (report: Report) => void = () => {}
  readonly #process: ChildProcess
  readonly #answers = new Map<number, (result: unknown) => void>()
  #number = 0
  /** The reason why no more calls can be made; null while they can. */
  #ended: string | null = null
  #device = ''

  private constructor(process: ChildProcess) {
    this.#process = process
  }

  /** @throws Error where no namespace can be made */
  static async start(): Promise<Actor> {
    const program = actorFile() ?? 'lab-actor'
    const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] })
    const actor = new Actor(child)
    await new Promise<void>((resolve, reject) => {
      const end = (why: string): void => {
        actor.#ended = why
        reject(new Error(why))
        for (const answer of actor.#answers.values()) answer(why)
        actor.#answers.clear()
      }
      child.on('error', error => end(`${program}: ${error.message}`))
      child.on('close', code => end(`the process that makes the kernel's calls ended with ${code}`))
      child.stdin!.on('error', () => {})
      createInterface(child.stdout!).on('line', line => {
        const said = JSON.parse(line)
        if (said.event === 'ready') resolve()
        else if (said.event === 'failed') end(`no network namespace can be made: ${said.code}`)
        else if (said.id === undefined) actor.onReport(said as Report)
        else {
          actor.#answers.get(said.id)?.(said.result)
          actor.#answers.delete(said.id)
        }
      })
    })
    return actor
  }

  /** For nsenter. */
  get pid(): number {
    return this.#process.pid!
  }

  /** The device that leads out of the namespace. */
  get device(): string {
    return this.#device
  }

  /** Has a call made. @returns null, or the name of the error */
  call(
    verb: string,
    words: Readonly<Record<string, string | number | boolean | undefined>> = {},
  ): Promise<ErrorCode | null> {
    return this.#ask(verb, words) as Promise<ErrorCode | null>
  }

  #ask(
    verb: string,
    words: Readonly<Record<string, string | number | boolean | undefined>>,
  ): Promise<unknown> {
    if (this.#ended !== null) return Promise.resolve(this.#ended)
    const id = ++this.#number
    const line = Object.entries(words)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => ` ${key}=${typeof value === 'boolean' ? Number(value) : value}`)
      .join('')
    return new Promise(resolve => {
      this.#answers.set(id, resolve)
      this.#process.stdin!.write(`${id} ${verb}${line}\n`)
    })
  }

  /** Listeners first, then the connections; TIME_WAITs last. */
  async sockets(): Promise<KernelSocket[]> {
    const rows = await this.#ask('states', {})
    if (!Array.isArray(rows)) throw new Error(String(rows))
    return (rows as [number, number, number][])
      .map(([state, localPort, remotePort]) => ({ state: STATES[state] ?? 'CLOSED', localPort, remotePort }))
      .filter(({ state }) => state !== 'CLOSED')
  }

  /** Sets a sysctl of the namespace, such as net/ipv4/tcp_sack. @returns whether the kernel has it and takes the value */
  async sysctl(name: string, value: string | number): Promise<boolean> {
    return (await this.call('sysctl', { name, value })) === null
  }

  /**
   * Gives the namespace an address of a prefix of 30 bits (of 64 with IPv6), and a device that leads to the other one:
   * packets leave whole and with their checksums, so that captures show them so.
   */
  async join(address: string): Promise<TunLink> {
    this.#device = `lab${devices++}`
    const link = openTun({ name: this.#device, up: false, offload: false })
    await new Promise<void>((resolve, reject) => {
      execFile('ip', ['link', 'set', this.#device, 'netns', String(this.pid)], error =>
        error === null ? resolve() : reject(error),
      )
    })
    // Nobody asks for routers here, or has an address of its own making.
    if (address.includes(':')) await this.sysctl(`net/ipv6/conf/${this.#device}/addr_gen_mode`, 1)
    else await this.sysctl('net/ipv6/conf/all/disable_ipv6', 1)
    const error = await this.call('device', { name: this.#device, address })
    if (error !== null) throw new Error(`the device ${this.#device} cannot be configured: ${error}`)
    return link
  }

  /** Ends the process and with it its namespace. */
  close(): void {
    this.#process.stdin!.end()
  }
}

/** The reason why labs cannot have the kernel's TCP here; null when they can. */
export const whyNoKernel = (): string | null => {
  if (process.platform !== 'linux') return `${process.platform} has no network namespaces`
  if (process.getuid?.() !== 0)
    return "network namespaces and TUN devices take root (or 'tuntcp netns COMMAND')"
  if (actorFile() === null)
    return 'native/build/lab-actor is missing: it is built with the TUN device (npm rebuild)'
  for (const [command, word, from] of [
    ['ip', '-V', 'iproute2'],
    ['unshare', '--version', 'util-linux'],
    ['nsenter', '--version', 'util-linux'],
  ] as const)
    if (spawnSync(command, [word]).status !== 0) return `'${command}' is missing: install ${from}`
  const made = spawnSync('unshare', ['--net', 'ip', 'tuntap', 'add', 'probe', 'mode', 'tun'], {
    encoding: 'utf8',
  })
  return made.status === 0 ? null : `no TUN device can be made in a namespace: ${made.stderr.trim()}`
}
