/**
 * A recording as it is read: blocks (block.ts) of lines of JSON. The first line is the header, an object with
 * `"tuntcp":"recording"`, `"version":2` and a `"kind"`; what follows is the kind's.
 */
import { closeSync, openSync, readSync } from 'node:fs'
import { type ByteSource, VERSION } from './block.ts'
import type { RecordingKind } from './block-writer.ts'
import { RecordedLines } from './recorded-lines.ts'
import { RecordingError } from './recording-error.ts'

/** A recording whose header has been read. */
export interface RecordingFile {
  readonly kind: RecordingKind
  readonly header: Readonly<Record<string, unknown>>
  /** The lines after the header, read as they are asked for: a recording can be played once. */
  readonly lines: RecordedLines
  /** Closes the file, if there is one. */
  close(): void
}

/** Reads a recording that is in memory. @throws RecordingError */
export const readRecording = (file: Uint8Array): RecordingFile => {
  let at = 0
  return recordingFrom({
    read(length) {
      const bytes = file.subarray(at, at + length)
      at += bytes.length
      return bytes
    },
  })
}

/**
 * Reads a recording from a file, or from standard input for `-`, block by block.
 * @throws RecordingError; the error of open(2) or read(2)
 */
export const openRecording = (path: string): RecordingFile => {
  const fd = path === '-' ? 0 : openSync(path, 'r')
  const close = () => {
    if (fd !== 0) closeSync(fd)
  }
  try {
    return recordingFrom({ read: length => readFully(fd, length) }, close)
  } catch (error) {
    close()
    throw error
  }
}

const readFully = (fd: number, length: number): Uint8Array => {
  const bytes = Buffer.allocUnsafe(length)
  let at = 0
  while (at < length) {
    try {
      const count = readSync(fd, bytes, at, length - at, null)
      if (count === 0) break
      at += count
    } catch (error) {
      // Standard input is non-blocking at times: what is not there yet is waited for.
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EOF') break
      if (code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
  return bytes.subarray(0, at)
}

const recordingFrom = (source: ByteSource, close: () => void = () => {}): RecordingFile => {
  const lines = new RecordedLines(source)
  const header = headerOf(lines)
  const { tuntcp, version, kind } = header
  if (tuntcp !== 'recording') throw new RecordingError(1, 'no header of a recording')
  if (version !== VERSION)
    throw new RecordingError(1, `version ${String(version)} of the format, known is ${VERSION}`)
  if (kind !== 'lab' && kind !== 'host')
    throw new RecordingError(1, `a recording of '${String(kind)}' is not known`)
  lines.advance()
  return { kind, header, lines, close }
}

const headerOf = (lines: RecordedLines): Record<string, unknown> => {
  if (lines.current === null)
    throw new RecordingError(0, 'no recording, or one that was cut off before it began')
  return parsedLine(lines) as Record<string, unknown>
}

/** The line that is next, as an object or a list. @throws RecordingError */
export const parsedLine = (lines: RecordedLines): object => {
  try {
    const value: unknown = JSON.parse(lines.current ?? '')
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // Told below.
  }
  throw new RecordingError(lines.number, 'neither an object nor a list of JSON')
}
