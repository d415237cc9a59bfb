/** The parts of the addon that need no device. */
import { createRequire } from 'node:module'
import { addonFile } from './native-files.ts'

/** A part of the addon, begun by `start`, which returns 0; null where there is no addon, or one of an earlier version. */
export const nativePart = <Part>(start: (addon: Partial<Part>) => number | undefined): Part | null => {
  const path = addonFile()
  if (path === null) return null
  try {
    const addon = createRequire(import.meta.url)(path) as Partial<Part>
    return start(addon) === 0 ? (addon as Part) : null
  } catch {
    return null
  }
}
