/** The memory of the kernel's objects: that of its sockets is in no process. */
import { readFileSync } from 'node:fs'

/** Reads /proc/slabinfo: name → { objects, size }, size in bytes. */
export const parseSlabs = text => {
  const slabs = new Map()
  for (const line of text.split('\n')) {
    const [, name, objects, size] = /^(\S+) +(\d+) +\d+ +(\d+) .*: tunables/.exec(line) ?? []
    if (name !== undefined) slabs.set(name, { objects: Number(objects), size: Number(size) })
  }
  return slabs
}

/** Null where only somebody else may read it. */
export const readSlabs = () => {
  try {
    return parseSlabs(readFileSync('/proc/slabinfo', 'utf8'))
  } catch {
    return null
  }
}

/** Objects that a cache keeps half used make its count vague. */
const NEARLY = 0.9

/**
 * Bytes by which the kernel has grown for each of `count` things: of the caches that have nearly so many more objects, so
 * that what others do meanwhile does not count.
 */
export const grownEach = (before, after, count) => {
  let bytes = 0
  for (const [name, { objects, size }] of after) {
    const grown = objects - (before.get(name)?.objects ?? 0)
    if (grown >= NEARLY * count) bytes += grown * size
  }
  return bytes / count
}
