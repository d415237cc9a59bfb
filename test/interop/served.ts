/** `tuntcp serve` as a child process, and the tools that talk to it. For use inside a namespace. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { MAIN } from '../support/installed.ts'

export interface Outcome {
  readonly code: number | null
  readonly stdout: Buffer
  readonly stderr: string
}

/** Runs a tool to its end. `input` becomes its standard input, which then ends unless it is kept open. */
export const run = async (
  command: string,
  args: readonly string[],
  input: Uint8Array | string = '',
  keepOpen = false,
): Promise<Outcome> => {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  const stdout: Buffer[] = []
  let stderr = ''
  child.stdout.on('data', chunk => stdout.push(chunk))
  child.stderr.setEncoding('utf8').on('data', text => {
    stderr += text
  })
  // A tool may leave before it has read everything.
  child.stdin.on('error', () => {})
  if (keepOpen) child.stdin.write(input)
  else child.stdin.end(input)
  const [code] = await once(child, 'close')
  return { code, stdout: Buffer.concat(stdout), stderr }
}

export class Served {
  readonly child: ChildProcess
  log = ''
  errors = ''

  private constructor(child: ChildProcess) {
    this.child = child
    child.stdout!.setEncoding('utf8').on('data', text => {
      this.log += text
    })
    child.stderr!.setEncoding('utf8').on('data', text => {
      this.errors += text
    })
  }

  /** Starts it and waits until it says that it is ready. */
  static async start(...args: string[]): Promise<Served> {
    const child = spawn(process.execPath, [MAIN, 'serve', '--no-control', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const served = new Served(child)
    await new Promise<void>((resolve, reject) => {
      child.stderr!.on('data', () => {
        if (served.errors.includes('192.0.2.2')) resolve()
      })
      child.once('close', code => reject(new Error(`serve ended with ${code}: ${served.errors}`)))
    })
    return served
  }

  /** Ends it as Ctrl-C does; its exit code. */
  async stop(): Promise<number | null> {
    const closed = once(this.child, 'close')
    this.child.kill('SIGINT')
    const [code] = await closed
    return code
  }
}
