import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'

/** Debian has the programs of its postgres in a directory for each version. */
const POSTGRES = '/usr/lib/postgresql'

/** The directories of servers that are not on the path of an ordinary user. */
const beside = (): string[] => [
  '/usr/sbin',
  ...(existsSync(POSTGRES) ? readdirSync(POSTGRES).map(version => `${POSTGRES}/${version}/bin`) : []),
]

/** The path of a program, or null where it is not installed. */
export const programPath = (tool: string): string | null => {
  const PATH = [process.env.PATH, ...beside()].join(':')
  const { status, stdout } = spawnSync('sh', ['-c', 'command -v "$1"', 'sh', tool], {
    encoding: 'utf8',
    env: { ...process.env, PATH },
  })
  return status === 0 ? stdout.trim() : null
}
