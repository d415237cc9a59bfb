/** The exports of node:net, on a stack in this process; see net.ts. */
import nodeNet from 'node:net'
import { connectArguments, isPath } from './arguments.ts'
import { createStack } from './create-stack.ts'
import * as defaults from './defaults.ts'
import { connecting } from './diagnostics.ts'
import { Server as OurServer, type ServerOptions } from './server.ts'
import { Socket as OurSocket, type SocketOptions } from './socket.ts'
import type { KeepAliveOptions } from './socket-controls.ts'
import { Stack } from './stack.ts'

export type {
  AddressInfo,
  DropArgument,
  IPVersion,
  IpcNetConnectOpts,
  IpcSocketConnectOpts,
  ListenOptions,
  LookupFunction,
  NetConnectOpts,
  OnReadOpts,
  ServerOpts,
  SocketAddressInitOptions,
  SocketConnectOpts,
  SocketConstructorOpts,
  SocketReadyState,
  TcpNetConnectOpts,
  TcpSocketConnectOpts,
} from 'node:net'

defaults.onFirstUse(() => createStack())

/** The stack of sockets and servers that were given none. Made when it is needed first: it reaches only itself. */
export const getDefaultStack = (): Stack => defaults.defaultStack() as Stack

/**
 * Sockets and servers that connect or listen from now on use this stack; null for a new one that reaches only
 * itself.
 * @throws TypeError when it is no stack
 */
export const setDefaultStack = (stack: Stack | null): void => {
  if (stack !== null && !(stack instanceof Stack)) throw new TypeError('not a stack')
  defaults.setDefault(stack)
}

/** A TCP connection: node:net's Socket, and what a kernel's has besides. */
export interface Socket extends nodeNet.Socket, Pick<OurSocket, 'tcpInfo'> {
  // Methods that return the socket are written out: picked from our class, they would return that.
  configure(...given: Parameters<OurSocket['configure']>): this
  setUserTimeout(ms: number): this
  setQuickAck(quickAck?: boolean): this
  setLinger(ms: number | null): this
  readonly congestionControl: string
  setCongestionControl(name: string): this
  getTypeOfService(): number
  setTypeOfService(typeOfService: number): this
  setKeepAlive(options: KeepAliveOptions): this
  setKeepAlive(enable?: boolean, initialDelay?: number, interval?: number, count?: number): this
}

/** The class {@link Socket}, which needs no `new`. */
export interface SocketConstructor extends Omit<typeof nodeNet.Socket, 'prototype'> {
  new (options?: nodeNet.SocketConstructorOpts & SocketOptions): Socket
  readonly prototype: Socket
}

export interface Server extends nodeNet.Server {}

/** The class {@link Server}, which needs no `new`. */
export interface ServerConstructor extends Omit<typeof nodeNet.Server, 'prototype'> {
  new (connectionListener?: (socket: Socket) => void): Server
  new (options?: nodeNet.ServerOpts & ServerOptions, connectionListener?: (socket: Socket) => void): Server
  readonly prototype: Server
}

/** node:net's classes are made without `new` too. */
const callable = <T extends new (...args: never[]) => object>(Class: T): T =>
  new Proxy(Class, { apply: (_target, _this, args) => new Class(...(args as never[])) })

/** A socket on a descriptor or a handle of the kernel's is node:net's. */
const orOfKernel = <T extends object>(Class: T): T =>
  new Proxy(Class, {
    construct(target, args, newTarget) {
      const [first] = args
      const { fd, handle } = (typeof first === 'number' ? { fd: first } : (first ?? {})) as Record<
        string,
        unknown
      >
      if (newTarget === Socket && (fd !== undefined || handle)) return new nodeNet.Socket(first)
      return Reflect.construct(target as never, args, newTarget)
    },
  })

/** As net.Socket. */
export const Socket = orOfKernel(callable(OurSocket)) as unknown as SocketConstructor
/** As net.Server. */
export const Server = callable(OurServer) as unknown as ServerConstructor
/** The old name. */
export const Stream: SocketConstructor = Socket
export type Stream = Socket

/** As net.createServer. */
export function createServer(connectionListener?: (socket: Socket) => void): Server
export function createServer(
  options?: nodeNet.ServerOpts & ServerOptions,
  connectionListener?: (socket: Socket) => void,
): Server
export function createServer(...args: unknown[]): Server {
  return new Server(...(args as []))
}

/** As net.connect. A path is node:net's affair: it gives a socket of the kernel's. */
export function connect(
  options: nodeNet.NetConnectOpts & SocketOptions,
  connectionListener?: () => void,
): Socket
export function connect(port: number, host?: string, connectionListener?: () => void): Socket
export function connect(path: string, connectionListener?: () => void): Socket
export function connect(...args: unknown[]): Socket {
  if (isPath(args)) return nodeNet.connect(...(args as [string])) as Socket
  const [options, callback] = connectArguments(args)
  const socket = new OurSocket(options as SocketOptions)
  connecting(socket)
  return socket.connect(options, callback) as unknown as Socket
}

/** As net.createConnection: {@link connect}. */
export const createConnection: typeof connect = connect

export const { BlockList, SocketAddress, isIP, isIPv4, isIPv6 } = nodeNet
export type BlockList = nodeNet.BlockList
export type SocketAddress = nodeNet.SocketAddress
export const {
  getDefaultAutoSelectFamily,
  setDefaultAutoSelectFamily,
  getDefaultAutoSelectFamilyAttemptTimeout,
  setDefaultAutoSelectFamilyAttemptTimeout,
} = defaults

/** Not documented by Node, but used by libraries. */
export const _normalizeArgs = (args: unknown[]): [options: object, callback: (() => void) | null] => {
  const [options, callback] = isPath(args)
    ? [typeof args[0] === 'string' ? { path: args[0] } : (args[0] as object), args.at(-1)]
    : connectArguments(args)
  return [options, typeof callback === 'function' ? (callback as () => void) : null]
}
