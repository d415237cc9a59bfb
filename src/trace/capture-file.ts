import { closeSync, fstatSync, writeSync } from 'node:fs'
import type { TraceSink } from '../tcp/block/events.ts'
import { Capture } from './capture.ts'
import { PipeWriter } from './pipe-writer.ts'
import { openPrivate } from './private-file.ts'

/** Bytes collected before they are written, and how long they wait at most (ms). */
const BUFFER = 256 * 1024
const DELAY = 100
/** Bytes that wait for whoever reads a pipe, and how long the last of them may take, ms. */
const PATIENCE = 64 << 20
const GRACE = 500

/** A capture that goes to a file: hand `sink` to the host's trace. */
export interface CaptureFile {
  readonly sink: TraceSink
  /** Writes everything and closes the file. A second call does nothing. */
  close(): void
}

/**
 * Captures to a pcapng file, or to standard output for `-`. What is in the file is always whole blocks, so that it
 * can be opened while it grows. When it cannot be written any more (disk full, reader gone or too slow) `failed` is told
 * once and the stack goes on without it.
 * @param now the host's clock (ms)
 * @throws the error of open(2)
 */
export const captureToFile = (
  path: string,
  now: () => number,
  failed: (error: Error) => void = error => console.error(`capture ${path}: ${error.message}`),
): CaptureFile => {
  const fd = path === '-' ? 1 : openPrivate(path)
  let open = true
  const end = (error: Error) => {
    open = false
    failed(error)
  }
  const pipe = fstatSync(fd).isFile() ? null : new PipeWriter(fd, end)
  let chunks: Uint8Array[] = []
  let size = 0
  let timer: NodeJS.Timeout | null = null

  const writeOut = () => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    const bytes = Buffer.concat(chunks)
    chunks = []
    size = 0
    if (pipe !== null) {
      pipe.write(bytes)
      if (open && pipe.bytes > PATIENCE)
        end(new Error(`its reader is too slow: ${PATIENCE >> 20} MB wait for it`))
      return
    }
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at)
    } catch (error) {
      end(error as Error)
    }
  }
  const capture = new Capture(
    bytes => {
      if (!open) return
      chunks.push(bytes)
      size += bytes.length
      if (size >= BUFFER) writeOut()
    },
    { wallClockOffset: Date.now() - now() },
  )
  const flush = () => {
    timer = null
    capture.flush()
    if (open && size > 0) writeOut()
  }
  const close = () => {
    process.off('exit', close)
    if (!open) return
    capture.end()
    if (size > 0) writeOut()
    pipe?.flushWithin(GRACE)
    open = false
    pipe?.close()
    if (fd !== 1) closeSync(fd)
  }
  process.once('exit', close)
  writeOut()
  return {
    sink: event => {
      if (!open) return
      capture.sink(event)
      // The last packet is held back by the capture; it is not to wait for the next one.
      timer ??= setTimeout(flush, DELAY).unref()
    },
    close,
  }
}
