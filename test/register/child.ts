/** Programs that know nothing of tuntcp, run as a user runs them. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { REGISTER } from '../support/installed.ts'

export const programPath = (name: string): string =>
  fileURLToPath(new URL(`./programs/${name}`, import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly output: string
  readonly errors: string
}

/** `node --import tuntcp/register …` in this environment, to its end. Nothing of ours is inherited. */
export const runRegistered = (
  args: readonly string[],
  environment: Record<string, string> = {},
  cwd?: string,
): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !name.startsWith('TUNTCP_')),
    )
    const child = spawn(process.execPath, ['--import', REGISTER, ...args], {
      env: { ...env, ...environment },
      ...(cwd === undefined ? {} : { cwd }),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    let errors = ''
    child.stdout.on('data', data => {
      output += data
    })
    child.stderr.on('data', data => {
      errors += data
    })
    child.on('error', reject)
    child.on('close', code => resolve({ code, output, errors }))
  })

/** The number of connections that the stack's log tells of. */
export const established = (errors: string): number => errors.match(/"to":"ESTABLISHED"/g)?.length ?? 0

/** The words of family.js when all of its connections go to `host`. */
export const familySays = (host: string): string => {
  // Its servers are of both families, and call an IPv4 address by its mapped one.
  const peer = host.includes(':') ? host : `::ffff:${host}`
  const relative = (name: string) => `${name}: to ${host}:4400 from ${host}
${name}: fdb6143a from ${peer}
${name}: read ECONNRESET
${name}: connect ECONNREFUSED
${name}: secured
${name}: fdb6143a
${name}: listening
to the ${name}: to ${host}:4402 from ${host}
to the ${name}: fdb6143a from ${peer}
to the ${name}: read ECONNRESET
to the ${name}: connect ECONNREFUSED
${name} ends with 0
`
  return `fdb6143a\n${relative('thread')}${relative('child')}connect ECONNREFUSED\n`
}
