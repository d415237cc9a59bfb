import { execFileSync } from 'node:child_process'

/** The tool that makes a terminal: script(1), of util-linux. */
export const TERMINAL = 'script'

/** Runs a program of Node's on a terminal, and returns what it has written there. */
export const onTerminal = (...words: readonly string[]): string => {
  const { CI: _, ...env } = process.env
  const line = [process.execPath, ...words].map(word => `'${word}'`).join(' ')
  return execFileSync('script', ['-qec', line, '/dev/null'], {
    encoding: 'utf8',
    env: { ...env, TERM: 'xterm' },
  })
}
