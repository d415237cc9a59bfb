/**
 * A program typed against node:net. `net` stands for the module: it is compiled with node:net's own type and with
 * that of tuntcp/net, so that tsc shows what one has and the other has not. It is run on ours too.
 */
import type { EventEmitter } from 'node:events'
import type http from 'node:http'
import type { Duplex } from 'node:stream'
import net from '../../src/net/net.ts'
// The same file with 'node:net' here compiles as well: see typed-program.test.ts.

export const address = (server: net.Server): { host: string; port: number } => {
  const bound = server.address()
  if (bound === null) throw new Error('not listening')
  if (typeof bound === 'string') throw new Error(`listening on ${bound.toUpperCase()}`)
  const { address: host, port, family }: net.AddressInfo = bound
  return { host: family === 'IPv6' ? '::1' : host, port }
}

export class Line extends net.Socket {
  lines: string[] = []
  constructor(options?: net.SocketConstructorOpts) {
    super(options)
    this.setEncoding('utf8')
    this.on('data', data => this.lines.push(data.toString('latin1')))
  }
}

const listenOptions: net.ListenOptions = { port: 0, host: '127.0.0.1', backlog: 5, exclusive: true }
const serverOptions: net.ServerOpts = {
  allowHalfOpen: false,
  pauseOnConnect: false,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: 1000,
}

/** The events of a server and a client that talk. */
export const run = async (): Promise<string[]> => {
  const events: string[] = []
  const server: net.Server = net.createServer(serverOptions, (socket: net.Socket) => {
    const peer: string | undefined = socket.remoteAddress
    const { remotePort, remoteFamily, localPort, bytesRead, bytesWritten } = socket
    events.push(
      `${peer} ${remoteFamily} ${typeof remotePort} ${typeof localPort} ${bytesRead + bytesWritten}`,
    )
    socket.setNoDelay().setKeepAlive(true, 1000).setTimeout(10_000).ref().unref().ref()
    socket.on('close', (hadError: boolean) => events.push(`S.close ${hadError}`))
    socket.on('error', (error: NodeJS.ErrnoException) => events.push(String(error.code)))
    socket.pipe(socket)
  })
  server.maxConnections = 10
  server.on('drop', (data?: net.DropArgument) => events.push(`drop ${data?.remotePort}`))
  await new Promise<void>(resolve => server.listen(listenOptions, resolve))
  const { host, port } = address(server)
  const options: net.TcpNetConnectOpts = {
    host,
    port,
    allowHalfOpen: false,
    noDelay: true,
    family: 4,
    lookup: (_name, _options, callback) => callback(null, '127.0.0.1', 4),
    timeout: 5000,
    signal: new AbortController().signal,
  }
  const client: net.Socket = net.createConnection(options, () => events.push('connected'))
  client.on('lookup', (error, found, family, name) => events.push(`${error} ${found} ${family} ${name}`))
  client.once('connectionAttempt', (ip, to, family) => events.push(`${ip} ${typeof to} ${family}`))
  const state: net.SocketReadyState = client.readyState
  events.push(state)
  client.write('hello', 'utf8', error => events.push(`written ${error}`))
  const duplex: Duplex = client
  const emitter: EventEmitter = server
  events.push(`${duplex.writable} ${emitter.listenerCount('drop')}`)
  client.on('data', data => {
    events.push(data.toString('utf8'))
    client.end()
  })
  const createConnection: http.ClientRequestArgs['createConnection'] = () => net.connect(port, host)
  events.push(typeof createConnection)
  await new Promise<void>(resolve => client.on('close', () => resolve()))
  const line = new Line().connect(port, host, () => line.end('line'))
  await new Promise<void>(resolve => line.once('close', () => resolve()))
  events.push(...line.lines)
  const count = await new Promise<number>((resolve, reject) =>
    server.getConnections((error, n) => (error ? reject(error) : resolve(n))),
  )
  events.push(`${count}`)
  const blocked = new net.BlockList()
  blocked.addSubnet('10.0.0.0', 8, 'ipv4')
  const socketAddress: net.SocketAddress = new net.SocketAddress({ address: '192.0.2.1', port: 7 })
  events.push(`${blocked.check(socketAddress)} ${net.isIP(host)} ${net.isIPv4(host)} ${net.isIPv6(host)}`)
  events.push(`${net.getDefaultAutoSelectFamily()} ${net.getDefaultAutoSelectFamilyAttemptTimeout()}`)
  await new Promise<void>((resolve, reject) => server.close(error => (error ? reject(error) : resolve())))
  return events
}
