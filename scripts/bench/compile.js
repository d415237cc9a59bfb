/** Programs in C, compiled when they are needed. */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { UsageError } from './options.js'

const COMPILERS = ['gcc', 'cc', 'clang']

/**
 * Compiles all of a folder beside this file into one program.
 * @param name of the folder, and of the program
 * @param directory where the program is put
 * @returns the words that start it; null when there is no compiler
 * @throws UsageError when it does not compile
 */
export const compile = (name, directory) => {
  const sources = fileURLToPath(new URL(`${name}/`, import.meta.url))
  const program = join(directory, name)
  const files = readdirSync(sources).filter(file => file.endsWith('.c'))
  for (const compiler of COMPILERS) {
    const { status, stderr, error } = spawnSync(compiler, ['-O2', '-o', program, ...files], {
      cwd: sources,
      encoding: 'utf8',
    })
    if (error?.code === 'ENOENT') continue
    if (status === 0) return [program]
    throw new UsageError(`${name} does not compile (apt-get install libc6-dev?): ${stderr.trim()}`)
  }
  return null
}
