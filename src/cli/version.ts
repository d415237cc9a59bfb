import { existsSync, readFileSync } from 'node:fs'

/** The version in package.json. */
export const version = (): string => {
  // Compiled, this is dist/src/cli/version.js; run as TypeScript, src/cli/version.ts.
  const file = ['../../package.json', '../../../package.json']
    .map(path => new URL(path, import.meta.url))
    .find(existsSync)
  return file === undefined ? 'unknown' : String(JSON.parse(readFileSync(file, 'utf8')).version)
}
