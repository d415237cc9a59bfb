/** Runs the command line as its users do: as a process of its own. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { commandLine } from '../../src/cli/command-line.ts'
import { MAIN } from '../support/installed.ts'

/** The package's root, seen from dist/test/cli. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** Ended with us, if a test fails before it ends them. */
const alive = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL')
})

export interface Finished {
  /** The exit code, or the signal that ended it. */
  readonly code: number | NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export class Program {
  readonly process: ChildProcess
  readonly finished: Promise<Finished>
  stdout = ''
  stderr = ''
  /** The waiters for a text on standard error or output. */
  readonly #waiting = new Set<() => void>()

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.process = spawn(command, args, { stdio: 'pipe', env: { ...process.env, ...env } })
    alive.add(this.process)
    this.process.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
      this.#look()
    })
    this.process.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
      this.#look()
    })
    this.process.stdin!.on('error', () => {})
    this.finished = once(this.process, 'close').then(([code, signal]) => {
      alive.delete(this.process)
      this.#look()
      return { code: signal ?? code, stdout: this.stdout, stderr: this.stderr }
    })
  }

  #look(): void {
    for (const look of [...this.#waiting]) look()
  }

  /** Until it has printed this; fails when it ends before. */
  async prints(text: RegExp): Promise<RegExpExecArray> {
    const find = () => text.exec(this.stderr) ?? text.exec(this.stdout)
    let look = () => {}
    const found = new Promise<RegExpExecArray>(resolve => {
      look = () => {
        const match = find()
        if (match !== null) resolve(match)
      }
    })
    this.#waiting.add(look)
    look()
    const ended = this.finished.then(({ code }) => {
      const match = find()
      if (match !== null) return match
      throw new Error(`ended with ${code} without ${text}:\n${this.stderr}${this.stdout}`)
    })
    ended.catch(() => {})
    const match = await Promise.race([found, ended])
    this.#waiting.delete(look)
    return match
  }

  async end(signal: NodeJS.Signals): Promise<Finished> {
    this.process.kill(signal)
    return this.finished
  }
}

/** The bare process, for those who have something in mind with what it writes to. */
export const spawnTuntcp = (args: readonly string[], options: SpawnOptions): ChildProcess => {
  const child = spawn(process.execPath, [MAIN, ...args], options)
  alive.add(child)
  child.once('close', () => alive.delete(child))
  return child
}

export const tuntcp = (args: readonly string[], env?: NodeJS.ProcessEnv): Program =>
  new Program(process.execPath, [MAIN, ...args], env)

/** Runs it to its end, with this as its standard input. */
export const run = (args: readonly string[], input = '', env?: NodeJS.ProcessEnv): Promise<Finished> => {
  const program = tuntcp(args, env)
  program.process.stdin!.end(input)
  return program.finished
}

let before: Promise<unknown> = Promise.resolve()

/**
 * The same in this process, for what needs none of its own: one is started and compiled in the time of a hundred such.
 * They take turns, as there is one standard output.
 */
export const runHere = (args: readonly string[]): Promise<Finished> => {
  const mine = before.then(() => heard(args))
  before = mine.catch(() => {})
  return mine
}

const heard = async (args: readonly string[]): Promise<Finished> => {
  const said = { stdout: '', stderr: '' }
  const names = ['stdout', 'stderr'] as const
  const writes = names.map(name => process[name].write)
  for (const name of names)
    process[name].write = (chunk: string | Uint8Array): boolean => {
      said[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
      return true
    }
  // A command that runs for long takes the console for itself, and leaves listeners for the end of its process.
  const { console } = globalThis
  Object.defineProperty(globalThis, 'console', { configurable: true, get: () => console, set: () => {} })
  process.setMaxListeners(0)
  try {
    const code = await commandLine(args)
    return { code, ...said }
  } finally {
    Object.defineProperty(globalThis, 'console', { configurable: true, writable: true, value: console })
    for (const [i, name] of names.entries()) process[name].write = writes[i]!
  }
}

/** A directory for what a case leaves, its control sockets too. */
export const withDirectory = async (use: (directory: string) => Promise<void>): Promise<void> => {
  const directory = mkdtempSync(join(tmpdir(), 'tuntcp-test-'))
  const before = process.env.XDG_RUNTIME_DIR
  process.env.XDG_RUNTIME_DIR = directory
  try {
    await use(directory)
  } finally {
    if (before === undefined) delete process.env.XDG_RUNTIME_DIR
    else process.env.XDG_RUNTIME_DIR = before
    rmSync(directory, { recursive: true, force: true })
  }
}
