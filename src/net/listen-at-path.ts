/** Listeners at the paths of UNIX sockets. */
import { once } from 'node:events'
import { existsSync, lstatSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname } from 'node:path'

/**
 * Has `listen` listen at a path. A socket that a dead process has left there makes way; a live one stays, and so does a
 * file of another kind.
 * @throws the error of listen(2); EADDRINUSE says what is in the way, ENOENT which directory is missing
 */
export const listenAtPath = async (path: string, listen: () => Promise<unknown>): Promise<void> => {
  try {
    await listen()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // libuv has EACCES for a directory that is not there, as Windows does.
    if (code === 'EACCES' && !existsSync(dirname(path)))
      throw listenError('ENOENT', `there is no directory ${dirname(path)}`)
    if (code !== 'EADDRINUSE') throw error
    const obstacle = await obstacleAt(path)
    if (obstacle !== null) throw listenError('EADDRINUSE', `${path} ${obstacle}`)
    rmSync(path, { force: true })
    await listen()
  }
}

const listenError = (code: string, text: string): Error =>
  Object.assign(new Error(`listen ${code}: ${text}`), { code })

/** Returns the reason why the path cannot be had; null when what is there is of a dead process, or gone. */
const obstacleAt = async (path: string): Promise<string | null> => {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() === false)
    return 'is a file that is no socket, and is kept'
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    return 'is the socket of another process, which listens there'
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ECONNREFUSED' || code === 'ENOENT') return null
    // EAGAIN: its queue is full. EACCES: it is another user's. EPROTOTYPE: it is no stream.
    return `may be the socket of another process (${code})`
  } finally {
    socket.destroy()
  }
}
