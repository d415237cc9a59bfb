/** Listeners at the paths of UNIX sockets. */
import { once } from 'node:events'
import { lstatSync, rmSync } from 'node:fs'
import { connect } from 'node:net'

/**
 * Has `listen` listen at a path. A socket that a dead process has left there makes way; a live one stays, and so does a
 * file of another kind.
 * @throws the error of listen(2); EADDRINUSE says what is in the way
 */
export const listenAtPath = async (path: string, listen: () => Promise<unknown>): Promise<void> => {
  try {
    await listen()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    const obstacle = await obstacleAt(path)
    if (obstacle !== null)
      throw Object.assign(new Error(`listen EADDRINUSE: ${path} ${obstacle}`), { code: 'EADDRINUSE' })
    rmSync(path, { force: true })
    await listen()
  }
}

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
