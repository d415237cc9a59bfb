/** The secret without which the HTTP interface takes no orders: in a file that only its owner can read. */
import { closeSync, constants, openSync, rmSync, writeSync } from 'node:fs'
import { Token } from '../live/access.ts'
import { Failure } from './command.ts'
import { ownTokenPath } from './control-paths.ts'

const { O_CREAT, O_EXCL, O_WRONLY } = constants

export interface ApiToken {
  readonly path: string
  /** Returns whether the value of an Authorization header has it. Takes as long whatever is wrong. */
  isIn(authorization: string | undefined): boolean
  /** Removes the file. */
  close(): void
}

/** A file of our own: whatever lies there, a link of somebody else's too, is not written to. */
const writeNew = (path: string, text: string): void => {
  rmSync(path, { force: true })
  const fd = openSync(path, O_WRONLY | O_CREAT | O_EXCL, 0o600)
  try {
    writeSync(fd, text)
  } finally {
    closeSync(fd)
  }
}

/**
 * Makes a token, and writes it to `path`, by default beside the control socket.
 * @throws Failure when it cannot be written
 */
export const makeApiToken = (path: string = ownTokenPath()): ApiToken => {
  const token = new Token()
  try {
    writeNew(path, `${token.text}\n`)
  } catch (error) {
    throw new Failure(`the token of the HTTP interface cannot be written: ${(error as Error).message}`)
  }
  const remove = () => rmSync(path, { force: true })
  // For ends without close: a second signal.
  process.once('exit', remove)
  return {
    path,
    isIn: authorization => token.isIn(authorization),
    close() {
      process.off('exit', remove)
      remove()
    },
  }
}
