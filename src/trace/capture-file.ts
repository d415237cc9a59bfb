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

/** A reader of the event stream that goes to a file: hand `sink` to the host's trace. */
export interface CaptureFile {
  readonly sink: TraceSink
  /** Writes everything and closes the file. A second call does nothing. */
  close(): void
}

/** A file, or a pipe, that blocks of a capture are written to. */
export interface BlockFile {
  /** False when it cannot be written any more. */
  readonly isOpen: boolean
  write(block: Uint8Array): void
  /** Writes what was collected. */
  flush(): void
  /** Writes everything and closes the file. A second call does nothing. */
  close(): void
}

/**
 * Writes blocks to a file, or to standard output for `-`, many together. What is in the file is always whole blocks, so that
 * it can be opened while it grows. When it cannot be written any more (disk full, reader gone or too slow) `failed` is told once.
 * @throws the error of open(2)
 */
export const blocksToFile = (path: string, failed: (error: Error) => void): BlockFile => {
  const fd = path === '-' ? 1 : openPrivate(path)
  let open = true
  const end = (error: Error) => {
    open = false
    failed(error)
  }
  const pipe = fstatSync(fd).isFile() ? null : new PipeWriter(fd, end)
  let chunks: Uint8Array[] = []
  let size = 0

  const flush = () => {
    if (!open || size === 0) return
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
  return {
    get isOpen() {
      return open
    },
    write(block) {
      if (!open) return
      chunks.push(block)
      size += block.length
      if (size >= BUFFER) flush()
    },
    flush,
    close() {
      if (!open) return
      flush()
      pipe?.flushWithin(GRACE)
      open = false
      pipe?.close()
      if (fd !== 1) closeSync(fd)
    },
  }
}

/** A reader of the event stream that writes blocks. */
interface BlockReader {
  readonly sink: TraceSink
  /** Writes what it holds back. */
  flush(): void
  /** Writes what is to be said at the end. */
  end(): void
}

/** Lets a reader write to a file as things happen, and whole when the process ends. */
export const readerToFile = (file: BlockFile, reader: BlockReader): CaptureFile => {
  let timer: NodeJS.Timeout | null = null
  const flush = () => {
    timer = null
    reader.flush()
    file.flush()
  }
  const close = () => {
    process.off('exit', close)
    if (!file.isOpen) return
    if (timer !== null) clearTimeout(timer)
    reader.end()
    file.close()
  }
  process.once('exit', close)
  file.flush()
  return {
    sink: event => {
      if (!file.isOpen) return
      reader.sink(event)
      // The next event need not come before what the reader holds back.
      timer ??= setTimeout(flush, DELAY).unref()
    },
    close,
  }
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
  const file = blocksToFile(path, failed)
  return readerToFile(file, new Capture(bytes => file.write(bytes), { wallClockOffset: Date.now() - now() }))
}
