/** Writes what a host takes in to a file, as it happens. */
import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { openPrivate } from '../private-file.ts'
import { HostRecorder } from './host-recorder.ts'
import { headerLine, LineDigest } from './recording-file.ts'

/** Bytes that are kept together before they are packed. */
const CHUNK = 64 * 1024

/** A recording that is being written to a file. */
export interface RecordFile {
  readonly recorder: HostRecorder
  /** Writes the end; a recording without is refused. A second call does nothing. */
  close(): Promise<void>
}

/**
 * @param failed is told once when the file cannot be written any more; the host goes on without it
 * @throws the error of open(2)
 */
export const recordToFile = (path: string, failed: (error: Error) => void): RecordFile => {
  const gzip = createGzip()
  const file = createWriteStream(path, { fd: openPrivate(path) })
  let open = true
  const fail = (error: Error): void => {
    if (!open) return
    open = false
    failed(error)
  }
  gzip.on('error', fail)
  file.on('error', fail)
  gzip.pipe(file)
  const digest = new LineDigest()
  let chunk = `${headerLine('host', {})}\n`
  const recorder = new HostRecorder(line => {
    if (!open) return
    digest.add(line)
    chunk += `${line}\n`
    if (chunk.length < CHUNK) return
    gzip.write(chunk)
    chunk = ''
  })
  return {
    recorder,
    async close() {
      if (!open) return
      open = false
      gzip.end(`${chunk}${digest.end()}\n`)
      await finished(file).catch(failed)
    },
  }
}
