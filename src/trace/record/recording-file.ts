/** Opens recordings: of a file, or of memory. */
import { closeSync, openSync, readSync } from 'node:fs'
import { type ByteSource, readBlock } from './block.ts'
import type { Block } from './block-header.ts'
import { type RecordingFile, recordingFrom } from './recording.ts'

/** Reads a recording that is in memory. @throws RecordingError */
export const readRecording = (file: Uint8Array): RecordingFile => {
  let at = 0
  const read = (length: number): Uint8Array => {
    const bytes = file.subarray(at, at + length)
    at += bytes.length
    return bytes
  }
  return recordingFrom(blocksOf({ read }))
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
    return recordingFrom(blocksOf({ read: length => readFully(fd, length) }), close)
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

const blocksOf = (source: ByteSource): (() => Block | null) => {
  let number = 0
  return () => readBlock(source, number++)
}
