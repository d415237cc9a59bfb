/** Standard output as much as it takes, so that long texts need no memory. */
import { once } from 'node:events'

const CHUNK = 1 << 16

/** Writes each with a line's end. */
export const writeLines = async (lines: Iterable<string>): Promise<void> => {
  let chunk = ''
  const write = async (): Promise<void> => {
    const taken = process.stdout.write(chunk)
    chunk = ''
    if (!taken) await once(process.stdout, 'drain')
  }
  for (const line of lines) {
    chunk += `${line}\n`
    if (chunk.length >= CHUNK) await write()
  }
  if (chunk !== '') await write()
}
