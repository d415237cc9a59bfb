import { existsSync, readFileSync } from 'node:fs'

let known: string | null = null

/** The version in package.json, as it was when it was asked for first. */
export const version = (): string => {
  known ??= read()
  return known
}

const read = (): string => {
  // Compiled, this is dist/src/cli/version.js; run as TypeScript, src/cli/version.ts.
  const file = ['../../package.json', '../../../package.json']
    .map(path => new URL(path, import.meta.url))
    .find(existsSync)
  return file === undefined ? 'unknown' : String(JSON.parse(readFileSync(file, 'utf8')).version)
}
