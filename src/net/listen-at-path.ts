/** Listeners at the paths of UNIX sockets. */
import { once } from 'node:events'
import { existsSync, lstatSync, renameSync, rmSync, type Stats } from 'node:fs'
import { connect, type Server } from 'node:net'
import { dirname } from 'node:path'

/**
 * Has `listen` begin to listen with a server at a path. A socket that a dead process has left there makes way; a live one stays,
 * and so does a file of another kind.
 * @returns closes the server; its socket goes, unless another process has taken the path meanwhile
 * @throws the error of listen(2); EADDRINUSE says what is in the way, ENOENT which directory is missing
 */
export const listenAtPath = async (
  server: Server,
  path: string,
  listen: () => Promise<unknown>,
): Promise<() => void> => {
  await listenInPlace(path, listen)
  const own = entryAt(path)
  return () => closeAtPath(server, path, own)
}

const listenInPlace = async (path: string, listen: () => Promise<unknown>): Promise<void> => {
  try {
    await listen()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // libuv has EACCES for a directory that is not there, as Windows does.
    if (code === 'EACCES' && !existsSync(dirname(path)))
      throw listenError('ENOENT', `there is no directory ${dirname(path)}`)
    if (code !== 'EADDRINUSE') throw error
    const left = entryAt(path)
    const obstacle = await obstacleAt(path)
    if (obstacle !== null) throw listenError('EADDRINUSE', `${path} ${obstacle}`)
    // Another process may have cleared it away just now, and listen there itself: the inode may be the same then, used again.
    const there = entryAt(path)
    if (isSame(there, left) && there?.mtimeMs === left?.mtimeMs) rmSync(path, { force: true })
    await listen()
  }
}

/** The file at a path; undefined for none. */
const entryAt = (path: string): Stats | undefined => lstatSync(path, { throwIfNoEntry: false })

const isSame = (one: Stats | undefined, other: Stats | undefined): boolean =>
  one?.dev === other?.dev && one?.ino === other?.ino

const closeAtPath = (server: Server, path: string, own: Stats | undefined): void => {
  const there = entryAt(path)
  if (there === undefined || isSame(there, own)) {
    server.close()
    return
  }
  // libuv removes whatever has the path that it has bound: another's socket stands aside meanwhile.
  const aside = `${path}.${process.pid}`
  renameSync(path, aside)
  server.close()
  renameSync(aside, path)
}

const listenError = (code: string, text: string): Error =>
  Object.assign(new Error(`listen ${code}: ${text}`), { code })

/** Returns the reason why the path cannot be had; null when what is there is of a dead process, or gone. */
const obstacleAt = async (path: string): Promise<string | null> => {
  if (entryAt(path)?.isSocket() === false) return 'is a file that is no socket, and is kept'
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
