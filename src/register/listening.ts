/** net.Server's way to its handle. */
import net from 'node:net'
import type { Surroundings } from './install.ts'
import type { ServerInside } from './node-inside.ts'
import { ServerHandle } from './server-handle.ts'

/**
 * A server by which a cluster's primary takes connections, to pass them to its workers: only the kernel's can be. It is
 * told by its listener, Node's own for what must not happen.
 */
const isOfCluster = (server: ServerInside): boolean => {
  const listeners = (server as unknown as net.Server).listeners('connection')
  return listeners.length === 1 && /\bERR_INTERNAL_ASSERTION\b/.test(String(listeners[0]))
}

/** A handle of ours in what listen is given: itself, or what has it. */
const givenHandle = (given: unknown): ServerHandle | null => {
  const { _handle, handle } = (given ?? {}) as { _handle?: unknown; handle?: unknown }
  return [given, _handle, handle].find(each => each instanceof ServerHandle) ?? null
}

/** @returns undoes it */
export const installListen = (surroundings: () => Surroundings | null): (() => void) => {
  const server = net.Server.prototype as unknown as ServerInside
  const { _listen2 } = server
  const { listen } = net.Server.prototype

  net.Server.prototype.listen = function (this: net.Server, ...args: unknown[]) {
    const inside = this as unknown as ServerInside
    const handle = inside._handle === null ? givenHandle(args[0]) : null
    if (handle === null) return (listen as (...args: unknown[]) => net.Server).apply(this, args)
    // As Node does with a handle of the kernel's: this server takes its place.
    const callback = args.at(-1)
    if (typeof callback === 'function') this.once('listening', callback as () => void)
    inside._listeningId++
    inside._handle = handle
    inside._listen2(
      null,
      -1,
      -1,
      args.find(each => typeof each === 'number'),
    )
    return this
  } as typeof listen

  server._listen2 = function (this: ServerInside, address, port, addressType, ...rest) {
    const [, fd] = rest
    const ofKernel =
      this._handle !== null || addressType === -1 || typeof fd === 'number' || isOfCluster(this)
    const around = ofKernel ? null : surroundings()
    if (around?.routes.listens(address || null)) {
      this._handle = new ServerHandle(around.stack, address || null, port)
      address ||= '0.0.0.0'
    }
    _listen2.call(this, address, port, addressType, ...rest)
  }

  return () => {
    net.Server.prototype.listen = listen
    server._listen2 = _listen2
  }
}
