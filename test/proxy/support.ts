import { once } from 'node:events'
import net from 'node:net'
import type { ExecutionContext } from 'ava'
import { nodeClock } from '../../src/net/node-clock.ts'
import { type ProxyOptions, TcpProxy } from '../../src/proxy/proxy.ts'
import type { Place } from '../../src/proxy/target.ts'
import { until } from '../support/namespace-case.ts'

export const LOOPBACK = '127.0.0.1'

/** A server of the kernel's at a port that the kernel has chosen; gone at the end of the test. */
export const serverOf = async (
  t: ExecutionContext,
  handle: (socket: net.Socket) => void,
): Promise<net.AddressInfo> => {
  const open = new Set<net.Socket>()
  const server = net.createServer({ allowHalfOpen: true }, socket => {
    open.add(socket)
    socket.on('error', () => {})
    handle(socket)
  })
  server.listen(0, LOOPBACK)
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    for (const socket of open) socket.destroy()
  })
  return server.address() as net.AddressInfo
}

export const echo = (t: ExecutionContext) => serverOf(t, socket => socket.pipe(socket))

/** A proxy before a target, at a port that the kernel has chosen; gone at the end of the test. */
export const proxyOf = async (
  t: ExecutionContext,
  target: Place,
  options: Partial<ProxyOptions> = {},
): Promise<TcpProxy> => {
  const proxy = new TcpProxy({
    name: 'proxy',
    listen: { host: LOOPBACK, port: 0 },
    target,
    clock: nodeClock,
    seed: 7,
    ...options,
  })
  await proxy.start()
  t.teardown(() => proxy.close())
  return proxy
}

/** A port where nobody listens, and that nobody can take: a connection of ours has it. */
export const deadPort = async (t: ExecutionContext): Promise<number> => {
  const { port } = await serverOf(t, () => {})
  const socket = net.connect(port, LOOPBACK)
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  return socket.localPort!
}

export const placeAt = ({ address, port }: net.AddressInfo): Place => ({ host: address, port })

/** A client of the proxy, whose errors are for whoever waits for them; gone at the end of the test. */
export const connectTo = (t: ExecutionContext, proxy: TcpProxy, allowHalfOpen = false): net.Socket => {
  const socket = net.connect({ ...(proxy.listen as net.NetConnectOpts), allowHalfOpen })
  socket.on('error', () => {})
  t.teardown(() => socket.destroy())
  return socket
}

/** The error that ends a socket; null when it ends in order. */
export const endOf = async (socket: net.Socket): Promise<string | null> => {
  let code: string | null = null
  socket.on('error', error => {
    code = (error as NodeJS.ErrnoException).code ?? error.message
  })
  socket.resume()
  if (!socket.closed) await new Promise(resolve => socket.once('close', resolve))
  return code
}

export const readAll = async (socket: net.Socket): Promise<Buffer> => {
  const chunks: Buffer[] = []
  socket.on('data', chunk => chunks.push(chunk))
  await once(socket, 'end')
  return Buffer.concat(chunks)
}

/** The next bytes, as text. */
export const next = async (socket: net.Socket): Promise<string> =>
  String(((await once(socket, 'data')) as [Buffer])[0])

/** Until none of the proxy's connections is left. */
export const allEnded = ({ passage }: Pick<TcpProxy, 'passage'>): Promise<void> =>
  until(() => passage.sessions.size === 0)
