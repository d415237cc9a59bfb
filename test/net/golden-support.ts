/** The way in which the scripts of the golden traces write down what happens. */
import type net from 'node:net'

/** node:net, or a module that says it is like it. */
export type Net = Pick<typeof net, 'connect' | 'createServer' | 'Socket' | 'Server' | 'BlockList'>
export type Log = (what: string) => void

/** One script: runs on a module, with a host's address to serve on and another address of the same host. */
export type Scenario = (net: Net, log: Log, host: string, other: string) => Promise<void>

export const describe = (error: unknown): string => {
  if (!error) return 'ok'
  const { name, code, errno, syscall, message } = error as NodeJS.ErrnoException
  // Ports differ from run to run, and so do the names of what is there.
  const text = message.replace(/:\d{4,5}\b/g, ':PORT')
  return [name, code, errno, syscall, text, Object.keys(error).sort().join()].join(' | ')
}

/** A socket's own words about itself. */
const look = (socket: net.Socket): string => {
  const { readyState, pending, connecting, destroyed, bytesRead, bytesWritten, writableLength } = socket
  const flags = `${pending ? 'pending ' : ''}${connecting ? 'connecting ' : ''}${destroyed ? 'destroyed ' : ''}`
  // To ask node:net while it connects has it remember the answer, whatever comes.
  const address = connecting ? {} : socket.address()
  const local = connecting ? '' : `${typeof socket.localPort} ${socket.localFamily} ${Object.keys(address)}`
  return `[${readyState} ${flags}read ${bytesRead} written ${bytesWritten} waiting ${writableLength} local ${local}]`
}

/** Those that have told so. */
const closed = new WeakSet<net.Socket>()

const EVENTS = ['ready', 'end', 'finish', 'timeout', 'drain']

/** Writes down the events of a socket, their arguments, and what it is at that moment. */
export const watch = <T extends net.Socket>(log: Log, name: string, socket: T): T => {
  const tell = (what: string) => log(`${name}.${what} ${look(socket)}`)
  for (const event of EVENTS) socket.on(event, (...args: unknown[]) => tell(`${event}(${args})`))
  socket.on('lookup', (error, address, family, host) =>
    tell(`lookup(${describe(error)} ${address} ${family} ${host})`),
  )
  socket.on('connectionAttempt', (address, port, family) =>
    tell(`connectionAttempt(${address} ${typeof port} ${family})`),
  )
  socket.on('connectionAttemptFailed', (address, _port, family, error) =>
    tell(`connectionAttemptFailed(${address} ${family} ${describe(error)})`),
  )
  socket.on('connect', (...args: unknown[]) =>
    tell(`connect(${args}) to ${socket.remoteAddress} ${socket.remoteFamily} ${typeof socket.remotePort}`),
  )
  // The text received at that moment is the network's affair.
  socket.on('data', data => log(`${name}.data ${data.length}`))
  socket.on('error', error => tell(`error(${describe(error)})`))
  socket.on('close', (...args: unknown[]) => {
    closed.add(socket)
    tell(`close(${args})`)
  })
  return socket
}

export const watchServer = <T extends net.Server>(log: Log, server: T): T => {
  const look = () =>
    `[${server.listening ? 'listening' : 'idle'} ${JSON.stringify(Boolean(server.address()))}]`
  server.on('listening', (...args: unknown[]) => log(`server.listening(${args}) ${look()}`))
  server.on('close', (...args: unknown[]) => log(`server.close(${args}) ${look()}`))
  server.on('error', error => log(`server.error(${describe(error)}) ${look()}`))
  server.on('connection', () => log(`server.connection ${look()}`))
  server.on('drop', data => log(`server.drop(${Object.keys(data ?? {})} ${data?.remoteFamily}) ${look()}`))
  return server
}

export const port = (server: net.Server): number => (server.address() as net.AddressInfo).port

/** The next event, whatever its arguments. */
export const event = (from: net.Socket | net.Server, name: string): Promise<void> =>
  new Promise(resolve => from.once(name as 'close', () => resolve()))

/** A turn or more of the event loop, after which what was to come at once has come. */
export const turns = async (count = 3): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise(resolve => setImmediate(resolve))
}

export interface Both {
  readonly client: net.Socket
  readonly server: net.Socket
  readonly listener: net.Server
}

/** A connected pair, both watched; the listener has closed to others, and nobody reads yet. */
export const connected = async (
  net: Net,
  log: Log,
  host: string,
  options: net.ServerOpts = {},
  clientOptions: Partial<net.TcpNetConnectOpts> = options,
): Promise<Both> => {
  const listener = net.createServer({ pauseOnConnect: true, ...options })
  const accepted = new Promise<net.Socket>(resolve => listener.once('connection', resolve))
  listener.listen(0, host)
  await event(listener, 'listening')
  const client = net.connect({ port: port(listener), host, ...clientOptions }).pause()
  await event(client, 'ready')
  const server = await accepted
  listener.close()
  return { client: watch(log, 'C', client), server: watch(log, 'S', server), listener }
}

/** Until both sockets are closed. */
export const bothClosed = ({ client, server }: Both): Promise<unknown> =>
  Promise.all([client, server].map(socket => (closed.has(socket) ? null : event(socket, 'close'))))
