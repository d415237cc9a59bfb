import { spawnSync } from 'node:child_process'

/** The path of a program, or null where it is not installed. */
export const programPath = (tool: string): string | null => {
  const { status, stdout } = spawnSync('sh', ['-c', 'command -v "$1"', 'sh', tool], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : null
}
