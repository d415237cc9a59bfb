/** Servers in the file system, or on a descriptor: node:net's affair, also of a server that is like node:net's. */
import type { EventEmitter } from 'node:events'
import nodeNet from 'node:net'
import { isPath } from './arguments.ts'

/** Returns whether listen was given what only a kernel has: a path, a descriptor, a handle. */
export const isOfKernel = (args: unknown[]): boolean => {
  const [first] = args
  if (typeof first !== 'object' || first === null) return isPath(args)
  const { fd, handle, _handle, path, port } = first as Record<string, unknown>
  return (
    (typeof fd === 'number' && fd >= 0) ||
    Boolean(handle || _handle) ||
    (port === undefined && typeof path === 'string')
  )
}

/** The part of a server of ours that node:net's have too. */
interface Front extends EventEmitter {
  readonly allowHalfOpen: boolean
  readonly pauseOnConnect: boolean
  readonly noDelay: boolean
  readonly keepAlive: boolean
  readonly keepAliveInitialDelay: number
  readonly highWaterMark: number
  readonly maxConnections?: number
}

/**
 * A server of node:net's behind one of ours, which tells its events as its own. `args` are those of listen, its
 * callback left out.
 */
export const listenByKernel = (front: Front, args: unknown[], closed: () => void): nodeNet.Server => {
  const { allowHalfOpen, pauseOnConnect, noDelay, keepAlive, highWaterMark } = front
  const server = nodeNet.createServer({
    allowHalfOpen,
    pauseOnConnect,
    noDelay,
    keepAlive,
    keepAliveInitialDelay: front.keepAliveInitialDelay * 1000,
    highWaterMark,
  })
  if (front.maxConnections !== undefined) server.maxConnections = front.maxConnections
  server.on('connection', socket => {
    Object.assign(socket, { server: front })
    front.emit('connection', socket)
  })
  server.on('drop', data => front.emit('drop', data))
  server.on('listening', () => front.emit('listening'))
  server.on('error', error => {
    if (!server.listening) closed()
    front.emit('error', error)
  })
  server.on('close', () => {
    closed()
    front.emit('close')
  })
  return server.listen(...(args.filter(arg => typeof arg !== 'function') as [string]))
}
