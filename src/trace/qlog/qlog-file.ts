import { blocksToFile, type CaptureFile, readerToFile } from '../capture-file.ts'
import { Qlog, type QlogOptions } from './qlog.ts'

/** Words about a log, see {@link QlogOptions}; its epoch is now unless it is said otherwise. */
export type QlogFileOptions = Omit<QlogOptions, 'from'>

/**
 * Writes qlog (JSON text sequences: a name that ends in .sqlog is usual) to a file that is its owner's alone, or to standard output
 * for `-`. What is in the file is always whole records. When it cannot be written any more (disk full, reader gone or too slow)
 * `failed` is told once and the stack goes on without it.
 * @param now the host's clock (ms)
 * @throws the error of open(2)
 */
export const qlogToFile = (
  path: string,
  now: () => number,
  options: QlogFileOptions = {},
  failed: (error: Error) => void = error => console.error(`qlog ${path}: ${error.message}`),
): CaptureFile => {
  const file = blocksToFile(path, failed)
  const qlog = new Qlog(record => file.write(Buffer.from(record)), {
    epoch: Date.now(),
    ...options,
    from: now(),
  })
  // Each record is written as it happens: nothing is held back.
  return readerToFile(file, { sink: qlog.sink, flush() {}, end() {} })
}
