/** Programs that hand sockets about by their handles, whichever way there is; each must end by itself, with 0. */
import child_process from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import net from 'node:net'
import tls from 'node:tls'
import tty from 'node:tty'
import { fileURLToPath } from 'node:url'
import worker_threads from 'node:worker_threads'
import { CERTIFICATE as cert, KEY as key } from '../../libraries/certificate.ts'

const PORT = 4300
const HOST = '127.0.0.1'

type Inside = { _handle: object | null; ssl?: object | null }
const inside = (socket: object): Inside => socket as Inside

const listening = async <S extends net.Server>(server: S, port = PORT): Promise<S> => {
  server.listen(port, HOST)
  await once(server, 'listening')
  return server
}

/** A connection, both of its ends. */
const pair = async (): Promise<[client: net.Socket, server: net.Socket]> => {
  const server = await listening(net.createServer())
  const client = net.connect(PORT, HOST)
  const [accepted] = (await once(server, 'connection')) as [net.Socket]
  if (client.connecting) await once(client, 'connect')
  server.close()
  for (const socket of [client, accepted]) socket.on('error', () => {})
  return [client, accepted]
}

/** Tells how the call ends. */
const attempt = (what: string, how: () => unknown): void => {
  try {
    how()
    console.log(`${what}: done`)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    console.log(`${what}: ${code} ${message.split('\n')[0]!.slice(0, 60)}`)
  }
}

/** Until it is closed, by an error or without. */
const closed = (socket: net.Socket): Promise<void> =>
  new Promise(resolve => socket.once('close', () => resolve()))

/** To the end of what is said. */
const said = async (socket: NodeJS.ReadableStream): Promise<string> => {
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  return text
}

const secureServer = (listener: (socket: tls.TLSSocket) => void) =>
  listening(tls.createServer({ key, cert }, listener))

const trusting = { ca: cert, servername: 'server.example' }

/** The name has two addresses, and nobody answers at the first. */
const twice: net.LookupFunction = (_host, options, callback) => {
  const found = [
    { address: '127.0.0.9', family: 4 },
    { address: HOST, family: 4 },
  ]
  setImmediate(() => (options.all ? callback(null, found) : callback(null, found[1]!.address, 4)))
}

const SITUATIONS: Record<string, () => Promise<void> | void> = {
  async 'TLS over a socket whose name is being looked up'() {
    const server = await secureServer(socket => socket.end('secured'))
    const socket = tls.connect({ ...trusting, socket: net.connect(PORT, 'localhost') })
    await once(socket, 'secureConnect')
    console.log(socket.authorized, socket.remoteAddress, socket.remotePort, await said(socket))
    server.close()
  },

  async 'TLS over a socket that tries its second address'() {
    const server = await secureServer(socket => socket.end('secured'))
    const beneath = net.connect({ host: 'name.example', port: PORT, lookup: twice, autoSelectFamily: true })
    await once(beneath, 'connectionAttempt')
    const socket = tls.connect({ ...trusting, socket: beneath })
    await once(socket, 'secureConnect')
    console.log(beneath.autoSelectFamilyAttemptedAddresses, socket.remoteAddress, await said(socket))
    server.close()
  },

  async 'a TLS socket that tries its second address, with all that it was told before'() {
    const server = await secureServer(socket => socket.end('secured'))
    let lines = 0
    const sessions: Buffer[] = []
    const connect = (session?: Buffer) => {
      const options = { ...trusting, host: 'name.example', port: PORT, lookup: twice, autoSelectFamily: true }
      const socket = tls.connect(session === undefined ? options : { ...options, session })
      socket.on('keylog', () => lines++)
      socket.on('session', session => sessions.push(session))
      socket.setMaxSendFragment(1024)
      return socket
    }
    for (const session of [undefined, 0]) {
      const socket = connect(session === undefined ? undefined : sessions[0])
      await once(socket, 'secureConnect')
      console.log(
        socket.autoSelectFamilyAttemptedAddresses?.length,
        socket.isSessionReused(),
        inside(socket).ssl === inside(socket)._handle,
        lines > 0,
        await said(socket),
        sessions.length > 0,
      )
    }
    server.close()
  },

  async 'TLS in TLS, the inner one’s name being looked up'() {
    const server = await secureServer(socket =>
      new tls.TLSSocket(socket, { isServer: true, key, cert }).end('twice secured'),
    )
    const inner = tls.connect({ ...trusting, host: 'localhost', port: PORT })
    // TLS over a TLS socket that is not secured yet would send in the clear to the one within.
    const outer = tls.connect({ ...trusting, socket: inner })
    outer.on('error', error => console.log((error as NodeJS.ErrnoException).code !== undefined))
    await closed(outer)
    console.log('alive')
    outer.destroy()
    inner.destroy()
    server.close()
  },

  async 'an HTTP server is handed a socket whose name is being looked up'() {
    const server = await listening(
      net.createServer(async socket => {
        socket.end('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
        console.log((await said(socket)).split('\r\n')[0])
        server.close()
      }),
    )
    const answering = http.createServer((_request, response) => response.end('reversed'))
    answering.emit('connection', net.connect({ port: PORT, host: 'localhost', allowHalfOpen: true }))
  },

  async 'HTTP/2 over a socket whose name is being looked up'() {
    const server = await listening(http2.createServer((_request, response) => response.end('two')))
    const session = http2.connect(`http://localhost:${PORT}`, {
      createConnection: () => net.connect(PORT, 'localhost'),
    })
    console.log(await said(session.request()))
    session.close()
    server.close()
  },

  async 'HTTP/2 over TLS by name'() {
    const server = await listening(
      http2.createSecureServer({ key, cert }, (_request, response) => response.end('two')),
    )
    const session = http2.connect(`https://localhost:${PORT}`, trusting)
    console.log(await said(session.request()))
    session.close()
    server.close()
  },

  async 'an HTTPS server is handed a socket whose name is being looked up'() {
    const server = await listening(
      net.createServer(socket => {
        tls.connect({ ...trusting, socket }, function (this: tls.TLSSocket) {
          this.end('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
          void said(this).then(text => console.log(text.split('\r\n')[0]))
          server.close()
        })
      }),
    )
    const answering = https.createServer({ key, cert }, (_request, response) => response.end('reversed'))
    answering.emit('connection', net.connect(PORT, 'localhost'))
  },

  async 'destroyed while its name is being looked up'() {
    for (const how of ['destroy', 'resetAndDestroy', 'end', 'destroySoon', 'unref'] as const) {
      const socket = net.connect(PORT, 'localhost')
      socket.on('error', error => console.log(how, (error as NodeJS.ErrnoException).code))
      socket[how]()
      await closed(socket)
      console.log(how, socket.destroyed)
    }
    const secured = tls.connect(PORT, 'localhost')
    secured.destroy()
    await closed(secured)
    console.log('tls', secured.destroyed)
  },

  async 'the handle of one socket goes to another'() {
    const [client, server] = await pair()
    const handle = inside(server)._handle
    inside(server)._handle = null
    const other = new net.Socket({ handle, readable: true, writable: true } as net.SocketConstructorOpts)
    client.write('to the other')
    const [data] = (await once(other, 'data')) as [Buffer]
    console.log(String(data), other.remotePort === client.localPort)
    other.on('error', error => console.log('the other', (error as NodeJS.ErrnoException).code))
    client.resetAndDestroy()
    await closed(other)
    console.log('the first', server.destroyed)
    server.destroy()
  },

  async 'TLS of a server’s over a socket that goes first'() {
    const [client, server] = await pair()
    const secured = new tls.TLSSocket(server, { isServer: true, key, cert })
    secured.on('error', error => console.log((error as NodeJS.ErrnoException).code))
    const other = tls.connect({ ...trusting, socket: client }).on('error', () => {})
    await once(other, 'secureConnect')
    secured.write(Buffer.alloc(4_000_000), () => console.log('written'))
    server.destroy()
    await closed(secured)
    console.log('closed')
    other.destroy()
  },

  async 'sent to a child'() {
    const child = child_process.fork(fileURLToPath(import.meta.url), ['child'], { execArgv: [] })
    await once(child, 'message')
    const [client, server] = await pair()
    const listener = await listening(net.createServer())
    const secured = new tls.TLSSocket(server, { isServer: true, key, cert })
    attempt('server', () => child.send('', listener))
    attempt('client', () => child.send('', client))
    attempt('kept open', () => child.send('', client, { keepOpen: true }))
    attempt('TLS', () => child.send('', secured))
    attempt('handle', () => child.send('', inside(client)._handle as net.Socket))
    // All is as it was.
    console.log(client.destroyed, inside(client)._handle !== null, listener.listening)
    child.send('end')
    await once(child, 'close')
    for (const socket of [client, server]) socket.destroy()
    listener.close()
  },

  async 'inherited by a child, as a descriptor, as a terminal'() {
    const [client, server] = await pair()
    attempt('stdio', () => child_process.spawn('true', { stdio: [client, client, 'ignore'] }))
    attempt('stdio, sync', () =>
      child_process.spawnSync('true', { stdio: [client as never, 'ignore', 'ignore'] }),
    )
    const { fd } = inside(client)._handle as { fd: number }
    attempt('terminal', () => new tty.ReadStream(fd))
    attempt('socket', () => new net.Socket({ fd }))
    attempt('server', () => net.createServer().listen({ fd }))
    attempt('server of a connection', () => net.createServer().listen(inside(client)._handle))
    for (const socket of [client, server]) socket.destroy()
  },

  async 'sent to a thread'() {
    const [client, server] = await pair()
    const { port1, port2 } = new worker_threads.MessageChannel()
    for (const [name, what] of Object.entries({ socket: client, handle: inside(client)._handle }))
      try {
        port1.postMessage(what, [what as never])
      } catch {
        console.log(name, 'is refused')
      }
    port1.close()
    port2.close()
    for (const socket of [client, server]) socket.destroy()
  },

  async 'a server listens on the handle of another'() {
    const first = await listening(net.createServer())
    const second = net.createServer(socket => socket.end('the second'))
    second.listen(first)
    await once(second, 'listening')
    console.log((second.address() as net.AddressInfo).port, await said(net.connect(PORT, HOST)))
    attempt('twice', () => second.listen(first))
    second.close()
    first.close()
  },
}

const [, , name] = process.argv
if (name === 'child') {
  process.send!('here')
  process.on('disconnect', () => process.exit())
  process.on('message', message => {
    if (message === 'end') process.exit()
  })
} else await SITUATIONS[name!]!()
