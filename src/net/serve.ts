/** Servers of Node's own (http, https, http2, tls, net) on a stack of ours. */
import type { EventEmitter } from 'node:events'
import type { ListenOptions } from './arguments.ts'
import type { NetStack } from './host-port.ts'
import { nextTick } from './real-timers.ts'
import { Server } from './server.ts'
import type { Socket } from './socket.ts'

/** The state of a net.Server, which Node's servers inherit. */
interface NetServer extends EventEmitter {
  allowHalfOpen?: boolean
  pauseOnConnect?: boolean
  noDelay?: boolean
  keepAlive?: boolean
  keepAliveInitialDelay?: number
  maxConnections?: number
  /** Only a tls.Server's. */
  setSecureContext?: unknown
  close?(callback?: (error?: Error) => void): unknown
  _handle?: unknown
  _connections?: number
  _emitCloseIfDrained?(): void
}

/** The place at which a server of Node's listens on a stack, and options. */
export interface ServeOptions extends ListenOptions {
  /** As the option of a server on the stack: chunks that its programs write do not change any more. Default false. */
  readonly lend?: boolean | undefined
  /** As the option of a server on the stack: one peer that sends much at once does not keep others waiting. Default false. */
  readonly fairReads?: boolean | undefined
}

/**
 * Has a server of Node's take its connections from the stack. It does not know the difference: it is told that it
 * is 'listening' (which also starts http's timeouts of slow clients), its `address()`, `listening`, `close()`,
 * `ref()`, `unref()`, `getConnections()` and `maxConnections` speak of our listener, and errors of listening are
 * its 'error' events.
 * @returns the server on the stack that stands behind it
 */
export const serve = (stack: NetStack, theirs: EventEmitter, options: ServeOptions): Server => {
  const server = theirs as NetServer
  const ours = new Server({
    stack,
    allowHalfOpen: server.allowHalfOpen,
    pauseOnConnect: server.pauseOnConnect,
    noDelay: server.noDelay,
    keepAlive: server.keepAlive,
    lend: options.lend,
    fairReads: options.fairReads,
    // A net.Server keeps it in seconds.
    keepAliveInitialDelay: (server.keepAliveInitialDelay ?? 0) * 1000,
  })
  ours.on('connection', (socket: Socket) => connected(server, socket))
  ours.onGone = () => {
    if (server._connections === undefined) return
    server._connections--
    server._emitCloseIfDrained?.()
  }
  ours.on('drop', data => server.emit('drop', data))
  ours.on('error', error => server.emit('error', error))
  ours.on('listening', () => {
    if (typeof server._emitCloseIfDrained === 'function') server._handle = handleFor(server, ours)
    server.emit('listening')
  })
  // As a net.Server: it counts what is asked for when somebody connects, of either.
  Object.defineProperty(ours, 'maxConnections', {
    get: () => server.maxConnections,
    set: (most: number) => {
      server.maxConnections = most
    },
    enumerable: true,
  })
  return ours.listen(options)
}

/**
 * Leaves it to TLS, which has the socket by now and knows whether it is half-open, when to end it: TLS has yet to say
 * goodbye when the peer has ended. (Node's own writes past the end of a socket of Node's.)
 */
export const belowTls = (socket: Socket): void => {
  socket.allowHalfOpen = true
}

const connected = (server: NetServer, socket: Socket): void => {
  if (server._connections !== undefined) {
    // A net.Server counts its connections, to know when it is closed.
    server._connections++
  }
  socket.server = server
  server.emit('connection', socket)
  if (typeof server.setSecureContext === 'function') belowTls(socket)
}

/**
 * net.Server asks what it listens with for its address, and closes it. To stand in for that is the one way to
 * make all of a server's own methods true; a server that is none of Node's does without.
 */
const handleFor = (server: NetServer, ours: Server) => {
  const handle = {
    close(callback?: () => void): void {
      ours.close()
      if (callback !== undefined) nextTick(callback)
    },
    getsockname(out: object): number {
      Object.assign(out, ours.address())
      return 0
    },
    ref: () => void ours.ref(),
    unref: () => void ours.unref(),
  }
  // Closing ours closes theirs.
  ours.once('close', () => {
    if (server._handle === handle) server.close?.()
  })
  return handle
}
