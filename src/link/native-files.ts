/** Finds the compiled parts: compiled here by native/build.js, or in the release for this kind of machine. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

// Compiled, this file is dist/src/link/native-files.js; run as TypeScript, src/link/native-files.ts.
const root = ['../../../', '../../']
  .map(path => fileURLToPath(new URL(path, import.meta.url)))
  .find(path => existsSync(`${path}native/build.js`))

const built = (name: string): string | null => {
  const path = join(root ?? '', 'native', 'build', name)
  return root !== undefined && existsSync(path) ? path : null
}

/** The release's addon for this machine and its C library, or null. */
const prebuilt = (): string | null => {
  if (root === undefined) return null
  try {
    const { resolve } = createRequire(import.meta.url)('node-gyp-build') as { resolve(root: string): string }
    return resolve(root)
  } catch {
    return null
  }
}

/** The addon, or null. */
export const addonFile = (): string | null => built('tun.node') ?? prebuilt()

/** The program that makes the kernel's calls in labs, or null. */
export const actorFile = (): string | null => {
  const own = built('lab-actor')
  if (own !== null) return own
  const addon = prebuilt()
  const path = addon === null ? null : join(dirname(addon), 'lab-actor')
  return path !== null && existsSync(path) ? path : null
}

/** The reason why the addon was not compiled, as native/build.js left it, or null. */
export const whyNotBuilt = (): string | null => {
  try {
    return readFileSync(join(root ?? '', 'native', 'build', 'why-not.txt'), 'utf8').trim()
  } catch {
    return null
  }
}
