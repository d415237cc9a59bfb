/** Files that are their owner's alone: what a stack carries, and its secrets, are nobody else's to read. */
import { closeSync, constants, fchmodSync, fstatSync, ftruncateSync, openSync, writeFileSync } from 'node:fs'

const MODE = 0o600
const { O_CREAT, O_NONBLOCK, O_WRONLY } = constants

/**
 * Opens a file to be written from its beginning, readable by its owner alone (0600), whoever could read it before. What
 * is no file (a pipe, a device) keeps its mode, and is never waited for.
 * @throws the error of open(2), or of fchmod(2) on a file of somebody else's
 */
export const openPrivate = (path: string): number => {
  const fd = openSync(path, O_WRONLY | O_CREAT | O_NONBLOCK, MODE)
  try {
    if (fstatSync(fd).isFile()) {
      // The mode of open(2) is for a file that it makes; one that was there keeps its own.
      fchmodSync(fd, MODE)
      ftruncateSync(fd)
    }
    return fd
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

/** Writes a whole file that is its owner's alone. @throws as {@link openPrivate}, and the error of write(2) */
export const writePrivate = (path: string, content: string | Uint8Array): void => {
  const fd = openPrivate(path)
  try {
    writeFileSync(fd, content)
  } finally {
    closeSync(fd)
  }
}
