/** The worlds of the situations of the order test: node:net and the kernel, and each of our faces. */
import type { EventEmitter } from 'node:events'
import type http from 'node:http'
import net from 'node:net'
import { openTun } from '../../src/link/tun.ts'
import { createStack } from '../../src/net/create-stack.ts'
import { clockWithTurns } from '../../src/net/node-clock.ts'
import type { Stack } from '../../src/net/stack.ts'
import { install, type Surroundings } from '../../src/register/install.ts'
import { Routes } from '../../src/register/routes.ts'
import { createNetwork } from '../../src/testing/testing.ts'

export interface Face {
  connect(options: net.TcpNetConnectOpts): net.Socket
  createServer(options: net.ServerOpts, listener?: (socket: net.Socket) => void): net.Server
  /** Has a server listen, of {@link createServer} or of node:http. */
  listen(server: net.Server | http.Server): Promise<number>
}

export interface World {
  /** The face that is looked at, and the address that it serves on. */
  readonly face: Face
  readonly here: string
  /** The other end. */
  readonly peer: Face
  readonly there: string
  /** Waits until what is under way has arrived. */
  settle(): Promise<void>
  until<T>(promise: Promise<T>): Promise<T>
  close(): Promise<void>
}

/**
 * Everything that a situation sends has room in the buffers, as in a kernel's on its loopback, and is acknowledged at once. A
 * reset does not take what has come before it, as with Linux.
 */
const TCP = {
  sendBuffer: 4_000_000,
  receiveBuffer: 4_000_000,
  delayedAck: 0,
  resetKeepsText: true,
} as const

/** A machine under load interrupts no round: its turns take no time. */
const clock = clockWithTurns(() => 0)

/** Turns of the event loop, for packets that need one or two each way. */
export const turns = async (count = 40): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise(resolve => setImmediate(resolve))
}

const listening = (server: EventEmitter): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.once('listening', () => resolve(((server as net.Server).address() as net.AddressInfo).port))
  })

export const kernelFace = (address: string): Face => ({
  connect: options => net.connect(options),
  createServer: (options, listener) => net.createServer(options, listener),
  listen(server) {
    const listens = listening(server)
    server.listen(0, address)
    return listens
  },
})

export const stackFace = (stack: Stack, address: string): Face => ({
  connect: options => stack.connect(options) as unknown as net.Socket,
  createServer: (options, listener) =>
    stack.createServer(options as object, listener as never) as unknown as net.Server,
  listen(server) {
    const listens = listening(server)
    if ('_handle' in server) stack.serve(server, { port: 0, host: address })
    else (server as net.Server).listen(0, address)
    return listens
  },
})

/** As {@link stackFace}, with servers of Node's that a stack serves. */
export const servedFace = (stack: Stack, address: string): Face => ({
  ...stackFace(stack, address),
  createServer: (options, listener) => net.createServer(options, listener),
})

const real = { settle: turns, until: <T>(promise: Promise<T>) => promise }

export const kernel = (): World => ({
  face: kernelFace('127.0.0.1'),
  here: '127.0.0.1',
  peer: kernelFace('127.0.0.1'),
  there: '127.0.0.1',
  ...real,
  close: async () => {},
})

/** One stack that talks to itself. */
export const loopback = (face = stackFace): World => {
  const stack = createStack({ clock, tcp: TCP })
  return {
    face: face(stack, '127.0.0.1'),
    here: '127.0.0.1',
    peer: stackFace(stack, '127.0.0.1'),
    there: '127.0.0.1',
    ...real,
    close: () => stack.close({ grace: 0 }),
  }
}

/** Two hosts of a test network. */
export const network = (time: 'real' | 'virtual'): World => {
  const hosts = createNetwork({ seed: 1, time, tcp: TCP })
  const [a, b] = [hosts.host('a'), hosts.host('b')]
  const virtual = {
    settle: () => hosts.advance('1s'),
    until: <T>(promise: Promise<T>) => hosts.until(promise),
  }
  return {
    face: stackFace(a.stack, a.address),
    here: a.address,
    peer: stackFace(b.stack, b.address),
    there: b.address,
    ...(time === 'real' ? real : virtual),
    close: () => hosts.close(),
  }
}

/** Node's own node:net on a stack, by `tuntcp/register`. */
let around: Surroundings | null = null
let installed = false

const registered = (stack: Stack, prefix: string): void => {
  if (!installed) install(() => around)
  installed = true
  around = { stack, routes: new Routes([prefix], 'stack') }
}

export const register = (): World => {
  const stack = createStack({ clock, tcp: TCP })
  registered(stack, '127.0.0.0/8')
  return {
    ...kernel(),
    close: () => {
      around = null
      return stack.close({ grace: 0 })
    },
  }
}

/** A kernel and a stack behind a TUN device, in a network namespace. */
export const tun = (face: 'stack' | 'served' | 'registered', busyPoll = 0): World => {
  const link = openTun({ address: '192.0.2.1/24', busyPoll })
  const stack = createStack({ clock, tcp: TCP, link, address: '192.0.2.2/24' })
  if (face === 'registered') registered(stack, '192.0.2.2/32')
  const faces = { stack: stackFace, served: servedFace, registered: (_: Stack, at: string) => kernelFace(at) }
  return {
    face: faces[face](stack, '192.0.2.2'),
    here: '192.0.2.2',
    peer: kernelFace('192.0.2.1'),
    there: '192.0.2.1',
    ...real,
    close: () => {
      around = null
      return stack.close({ grace: 0 })
    },
  }
}
