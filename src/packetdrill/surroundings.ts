/** The machine around the stack as a script's commands know it: sysctls, counters, queues, what is learned of hosts. */
import type { Host } from '../host/host.ts'
import { cookieByKey } from '../posix/fast-open-key.ts'
import { LinuxProfile } from '../posix/linux-profile.ts'
import type { Sockets } from '../posix/sockets.ts'
import type { TcpOptions } from '../tcp/block/options.ts'
import type { ScriptEvent } from './ast.ts'
import { Mismatch, Skip } from './outcome.ts'
import { COUNTERS, interpretShell, type ReadFile, type ShellAction } from './shell.ts'
import type { Wire } from './wire.ts'

export class Surroundings {
  readonly profile = new LinuxProfile()
  readonly #readFile: ReadFile
  readonly #saved = new Map<string, string>()
  #host: Host | null = null
  #sockets: Sockets | null = null
  #wire: Wire | null = null
  /** Counters at the last look (nstat). */
  readonly #counted = new Map<string, number>()

  constructor(readFile: ReadFile) {
    this.#readFile = readFile
  }

  /** The stack is there: commands change it from now on. */
  surround(host: Host, sockets: Sockets, wire: Wire): void {
    this.#host = host
    this.#wire = wire
    this.#sockets = sockets
    sockets.policy.linuxBuffers = true
    this.#fastOpen()
  }

  /** Skips a script that needs more than a stack, before any of it is run. @throws Skip */
  check(events: readonly ScriptEvent[]): void {
    for (const { action } of events)
      if (action.kind === 'shell')
        for (const found of interpretShell(action.command, this.#readFile))
          if (found.kind === 'unsupported') this.#do(found, action.line)
  }

  /** @throws Mismatch, Skip */
  run(command: string, line: number): void {
    for (const action of interpretShell(command, this.#readFile)) this.#do(action, line)
  }

  #do(action: ShellAction, line: number): void {
    switch (action.kind) {
      case 'unsupported':
        throw new Skip(`a command of the surroundings: ${action.what}`)
      case 'listening':
        if (![...(this.#host?.listeners ?? [])].some(listener => listener.localPort === action.port))
          throw new Mismatch(line, `no socket listens on port ${action.port}`)
        break
      case 'count':
        this.#lookAtCounters()
        break
      case 'counter': {
        const grown = this.#counter(action.name) - (this.#counted.get(action.name) ?? 0)
        this.#lookAtCounters()
        if (action.by === null ? grown <= 0 : grown !== action.by)
          throw new Mismatch(
            line,
            action.by === null
              ? `the counter ${action.name} has not grown`
              : `the counter ${action.name} has grown by ${grown}, not by ${action.by}`,
          )
        break
      }
      case 'queue': {
        const before = this.profile.options
        this.profile.paced = action.paced
        if (this.#wire !== null) this.#wire.dropsAll = action.full
        this.#changed(before)
        break
      }
      case 'forget':
        this.#host?.fastOpens.cache.clear()
        break
      case 'either': {
        const missing = action.first.some(a => a.kind === 'sysctl' && !this.profile.knows(a.name))
        for (const each of missing ? action.second : action.first) this.#do(each, line)
        break
      }
      case 'restore':
        for (const [name, value] of this.#saved) this.#setSysctl(name, value, line)
        break
      case 'sysctl':
        if (action.restorable && !this.#saved.has(action.name))
          this.#saved.set(action.name, this.profile.get(action.name) ?? '')
        this.#setSysctl(action.name, action.value, line)
        break
    }
  }

  #counter(name: string): number {
    const reasons = COUNTERS[name] ?? []
    return reasons.reduce((sum, reason) => sum + (this.#host?.drops[reason] ?? 0), 0)
  }

  #lookAtCounters(): void {
    for (const name of Object.keys(COUNTERS)) this.#counted.set(name, this.#counter(name))
  }

  #setSysctl(name: string, value: string, line: number): void {
    const before = this.profile.options
    if (!this.profile.set(name, value) && name.startsWith('tuntcp.'))
      throw new Mismatch(line, `the stack has no option '${name}'`)
    try {
      this.#changed(before)
    } catch (error) {
      throw new Mismatch(line, `sysctl ${name}=${value}: ${(error as Error).message}`)
    }
  }

  /** Sockets to come have the profile's options as they are now. @throws RangeError for one out of bounds */
  #changed(before: TcpOptions): void {
    const after = this.profile.options
    if (this.#sockets === null) return
    const changed: Partial<TcpOptions> = {}
    for (const key of Object.keys(after) as (keyof TcpOptions)[])
      if (after[key] !== before[key]) Object.assign(changed, { [key]: after[key] })
    this.#sockets.configure(changed)
    this.#fastOpen()
  }

  /** Fast open is the sockets' business, its cookies are the host's. */
  #fastOpen(): void {
    this.#sockets!.policy.fastOpen = this.profile.fastOpen
    const key = this.profile.fastOpenKey
    this.#host!.fastOpens.cookies.custom = key === null ? null : cookieByKey(key)
  }
}
