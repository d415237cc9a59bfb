import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { ExecutionContext } from 'ava'

interface Given {
  readonly input?: string | Uint8Array
  readonly env?: NodeJS.ProcessEnv
}

/** The output of a program that is given this, and the code that it ends with. */
export const outcomeOf = async (
  t: ExecutionContext,
  [command, ...args]: readonly string[],
  { input = '', env = {} }: Given = {},
): Promise<{ readonly code: number | null; readonly output: Buffer; readonly problems: string }> => {
  const child = spawn(command!, args, { env: { ...process.env, ...env } })
  t.teardown(() => child.kill('SIGKILL'))
  const out: Buffer[] = []
  let problems = ''
  child.stdout.on('data', chunk => out.push(chunk))
  child.stderr.on('data', text => {
    problems += text
  })
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const [code] = await once(child, 'close')
  return { code, output: Buffer.concat(out), problems }
}

/** The output of a program that is given this; rejects when it fails. */
export const outputOf = async (
  t: ExecutionContext,
  command: readonly string[],
  given?: Given,
): Promise<Buffer> => {
  const { code, output, problems } = await outcomeOf(t, command, given)
  if (code !== 0) throw new Error(`${command[0]} ended with ${code}: ${problems}`)
  return output
}
