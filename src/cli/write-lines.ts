/** Standard output as much as it takes, so that long texts need no memory. */
import { once } from 'node:events'

const CHUNK = 1 << 16

/** Writes texts one after the other. */
export const writeTexts = async (texts: Iterable<string>): Promise<void> => {
  let chunk = ''
  const write = async (): Promise<void> => {
    const taken = process.stdout.write(chunk)
    chunk = ''
    if (!taken) await once(process.stdout, 'drain')
  }
  for (const text of texts) {
    chunk += text
    if (chunk.length >= CHUNK) await write()
  }
  if (chunk !== '') await write()
}

/** Writes each with a line's end. */
export const writeLines = (lines: Iterable<string>): Promise<void> => writeTexts(ended(lines))

function* ended(lines: Iterable<string>): Generator<string> {
  for (const line of lines) yield `${line}\n`
}
