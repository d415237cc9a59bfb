/**
 * How 'tuntcp ss' reaches a running stack: a Unix socket, one JSON object a line. It answers each line with what
 * there is to see.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Stack } from '../net/stack.ts'
import type { ConnectionStatus } from '../tcp/status.ts'
import { CommandError } from './usage.ts'

export interface Snapshot {
  readonly pid: number
  readonly connections: readonly ConnectionStatus[]
  /** Packets dropped by reason, those that occurred. */
  readonly drops: Readonly<Record<string, number>>
  readonly counters: Readonly<Record<string, number>>
}

const NAME = /^tuntcp-(\d+)\.sock$/
const directory = (): string => process.env.XDG_RUNTIME_DIR || tmpdir()
const defaultPath = (pid: number): string => join(directory(), `tuntcp-${pid}.sock`)

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** The control sockets of stacks that run; those of processes that are gone are removed. */
export const runningStacks = (): { readonly pid: number; readonly path: string }[] => {
  const found = []
  for (const name of readdirSync(directory())) {
    const pid = Number(NAME.exec(name)?.[1])
    if (Number.isNaN(pid)) continue
    const path = join(directory(), name)
    if (alive(pid)) found.push({ pid, path })
    else rmSync(path, { force: true })
  }
  return found
}

export class Control {
  readonly #server: Server
  readonly #clients = new Set<Socket>()

  private constructor(server: Server) {
    this.#server = server
  }

  /** @throws CommandError when the socket cannot be made */
  static async open(stack: Stack, given?: string): Promise<Control> {
    const path = given ?? defaultPath(process.pid)
    // A process of our number before us may have left its own.
    if (given === undefined && existsSync(path)) rmSync(path, { force: true })
    const server = createServer()
    const control = new Control(server)
    server.on('connection', client => control.#serve(stack, client))
    // Others may look at what we carry only if they could run us.
    const before = process.umask(0o177)
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(path, resolve)
      })
    } catch (error) {
      throw new CommandError(`cannot make the control socket: ${(error as Error).message}`)
    } finally {
      process.umask(before)
    }
    server.unref()
    return control
  }

  #serve(stack: Stack, client: Socket): void {
    this.#clients.add(client)
    client.unref()
    client.on('close', () => this.#clients.delete(client))
    client.on('error', () => {})
    createInterface({ input: client }).on('line', () => {
      const { host } = stack
      const snapshot: Snapshot = {
        pid: process.pid,
        connections: stack.connections(),
        drops: Object.fromEntries(Object.entries(host.drops).filter(([, count]) => count > 0)),
        counters: host.counters,
      }
      client.write(`${JSON.stringify(snapshot)}\n`)
    })
  }

  /** Removes the socket. */
  close(): void {
    for (const client of this.#clients) client.destroy()
    this.#server.close()
  }
}

/** Asks a stack for what there is to see. @throws CommandError when nobody answers */
export const askStack = (path: string): Promise<Snapshot> =>
  new Promise((resolve, reject) => {
    const client = createConnection(path)
    client.once('error', error => reject(new CommandError(`no stack answers at ${path}: ${error.message}`)))
    client.once('close', () => reject(new CommandError(`the stack at ${path} has ended`)))
    createInterface({ input: client }).once('line', line => {
      resolve(JSON.parse(line) as Snapshot)
      client.destroy()
    })
    client.write('{}\n')
  })
