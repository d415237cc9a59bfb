/** net.Server's way to its handle. */
import net from 'node:net'
import { listenError } from '../net/errors.ts'
import type { ErrorCode } from '../tcp/block/error.ts'
import type { Surroundings } from './install.ts'
import type { ServerInside } from './node-inside.ts'
import { ServerHandle } from './server-handle.ts'

/** libuv's UV_TCP_IPV6ONLY. */
const IPV6_ONLY = 1

/** Ports at which servers of this process listen that are the kernel's though their addresses are the stack's. */
export const kernelPorts = new Set<number>()

/**
 * A server by which a cluster's primary takes connections, to pass them to its workers: only the kernel's can be. It is
 * told by its listener, Node's own for what must not happen.
 */
const isOfCluster = (server: ServerInside): boolean => {
  const listeners = (server as unknown as net.Server).listeners('connection')
  return listeners.length === 1 && /\bERR_INTERNAL_ASSERTION\b/.test(String(listeners[0]))
}

/** A cluster's server, in its primary and in its workers: who of this process connects there means the kernel's. */
const noteKernelPort = (server: net.Server): void => {
  const address = server.address()
  if (typeof address !== 'object' || address === null) return
  kernelPorts.add(address.port)
  server.once('close', () => kernelPorts.delete(address.port))
}

/** A handle of ours in what listen is given: itself, or what has it. */
const givenHandle = (given: unknown): ServerHandle | null => {
  const { _handle, handle } = (given ?? {}) as { _handle?: unknown; handle?: unknown }
  return [given, _handle, handle].find(each => each instanceof ServerHandle) ?? null
}

/** A server tells that it listens when it does in the process too whose stack it uses; its address it knows before. */
const tellWhenShared = (server: net.Server, handle: ServerHandle, address: string, port: number): void => {
  const { emit } = server
  let told: ErrorCode | null | undefined
  let listens = false
  const tell = () => {
    if (!listens || told === undefined) return
    handle.onshared = null
    server.emit = emit
    const inside = server as unknown as ServerInside
    if (inside._handle !== handle) return
    if (told === null) server.emit('listening')
    else {
      handle.close()
      inside._handle = null
      server.emit('error', listenError(told, address, port))
    }
  }
  handle.onshared = code => {
    told = code
    tell()
  }
  server.emit = function (this: net.Server, event: string | symbol, ...args: unknown[]) {
    if (event !== 'listening') return (emit as (...args: unknown[]) => boolean).call(this, event, ...args)
    listens = true
    tell()
    return true
  } as typeof emit
}

/** A server tells that it has closed when its port is free in the process too whose stack it uses. */
const closeWhenFree = (server: ServerInside, handle: ServerHandle): void => {
  const { _emitCloseIfDrained } = server
  let free = false
  let waits = false
  server._emitCloseIfDrained = function () {
    if (free) _emitCloseIfDrained.call(this)
    else if (this._handle === null) waits = true
  }
  handle.onfree = () => {
    free = true
    if (waits) _emitCloseIfDrained.call(server)
  }
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
    const [, fd, flags] = rest
    const ofKernel =
      this._handle !== null || addressType === -1 || typeof fd === 'number' || isOfCluster(this)
    const around = ofKernel ? null : surroundings()
    if (around?.routes.listens(address || null)) {
      const relay = around.relay ?? null
      if (!address) {
        address = around.routes.any
        addressType = net.isIPv6(address) ? 6 : 4
      }
      const ipv6Only = (Number(flags ?? 0) & IPV6_ONLY) !== 0
      const handle = new ServerHandle(around.stack, address, port, ipv6Only, relay)
      this._handle = handle
      if (relay !== null) {
        tellWhenShared(this as unknown as net.Server, handle, address, port)
        closeWhenFree(this, handle)
      }
    }
    _listen2.call(this, address, port, addressType, ...rest)
    if (ofKernel && !(this._handle instanceof ServerHandle)) noteKernelPort(this as unknown as net.Server)
  }

  return () => {
    net.Server.prototype.listen = listen
    server._listen2 = _listen2
  }
}
