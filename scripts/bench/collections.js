/** Collections of garbage, from what node --trace-gc writes. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** { minor, major } in the text; a line each. */
export const countCollections = text => ({
  minor: text.match(/ ms: (?:Scavenge|Minor)/g)?.length ?? 0,
  major: text.match(/ ms: Mark-(?:Compact|sweep)/gi)?.length ?? 0,
})

/** The text written to a file since `position`; bytes. */
const textFrom = (path, position) => {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(Math.max(0, fstatSync(file).size - position))
    return bytes.toString('latin1', 0, readSync(file, bytes, 0, bytes.length, position))
  } finally {
    closeSync(file)
  }
}

/** Begins to count in a log that grows; the function it returns ends it. */
export const watchCollections = path => {
  const file = openSync(path, 'r')
  const { size } = fstatSync(file)
  closeSync(file)
  return () => countCollections(textFrom(path, size))
}
