/** Situations of the order test with TLS and HTTP/2, which Node has in C++, over the connection. */
import http2 from 'node:http2'
import type net from 'node:net'
import tls from 'node:tls'
import { CERTIFICATE as cert, KEY as key } from '../libraries/certificate.ts'
import type { Notes } from './notes.ts'
import { event, type Situation } from './situations.ts'
import type { World } from './world.ts'

const ignore = () => {}

/** All events of one name, one after the other by once(), until `count` have come. */
const oneByOne = async (
  from: NodeJS.EventEmitter,
  name: string,
  count: number,
  each: (value: never) => void,
): Promise<void> => {
  for (let n = 0; n < count; n++) each((await new Promise(resolve => from.once(name, resolve))) as never)
}

/** A server of TLS, with a client that has said all that it says before the server reads it. */
const secured = async (
  world: World,
  serve: (socket: tls.TLSSocket) => Promise<void>,
  say: (client: tls.TLSSocket) => void,
): Promise<void> => {
  const server = tls.createServer({ cert, key })
  const serves = new Promise<void>(resolve =>
    server.on('secureConnection', socket => {
      socket.on('error', ignore)
      resolve(serve(socket))
    }),
  )
  const port = await world.face.listen(server)
  const client = tls.connect({
    ca: cert,
    servername: 'server.example',
    socket: world.peer.connect({ port, host: world.here }),
  })
  client.on('error', ignore).resume()
  client.once('secureConnect', () => say(client))
  await world.until(serves)
  client.destroy()
  await world.settle()
  server.close()
}

/** Text of so many records as one packet has room for, each as short as it may be. */
const RECORDS = 2
const FRAGMENT = 512
const say = (client: tls.TLSSocket): void => {
  client.setMaxSendFragment(FRAGMENT)
  client.write(Buffer.alloc(RECORDS * FRAGMENT))
}

export const overTls: Record<string, Situation> = {
  'TLS: records that come together': (world, notes) =>
    secured(
      world,
      socket =>
        new Promise(resolve => {
          let count = 0
          socket.on('data', data => {
            notes.note(`S record ${++count} of ${data.length}`)
            if (count === RECORDS) setImmediate(resolve)
          })
        }),
      say,
    ),

  'TLS: records one after the other, by once()': (world, notes) =>
    secured(
      world,
      async socket => {
        socket.resume()
        await oneByOne(socket, 'data', RECORDS, (data: Buffer) => notes.fact(`${data.length}`))
      },
      say,
    ),
}

/** A session over a connection of the peer's, with a server of HTTP/2. */
const session = async (
  world: World,
  serve: (server: http2.Http2Server) => void,
  ask: (client: http2.ClientHttp2Session) => Promise<unknown>,
): Promise<void> => {
  const server = http2.createServer()
  server.on('sessionError', ignore)
  serve(server)
  const port = await world.face.listen(server as unknown as net.Server)
  const client = http2.connect('http://x', {
    createConnection: () => world.peer.connect({ port, host: world.here }),
  })
  client.on('error', ignore)
  await world.until(ask(client))
  client.destroy()
  await world.settle()
  server.close()
}

/** A response, and what comes of it. */
const asked = async (request: http2.ClientHttp2Stream): Promise<string> => {
  const answer = { status: 0, body: '' }
  request.on('error', ignore)
  request.on('response', headers => {
    answer.status = headers[':status']!
  })
  request.on('data', data => {
    answer.body += data
  })
  request.end()
  await event(request, 'close')
  return JSON.stringify(answer)
}

export const overHttp2: Record<string, Situation> = {
  // HTTP/2 waits for each write over a stream that has no handle, and then loses what is written just before its end.
  ...Object.fromEntries(
    (['session', 'stream'] as const).map(what => [
      `HTTP/2: respond, write and destroy of the ${what} in one turn`,
      (world: World, notes: Notes) =>
        session(
          world,
          server =>
            server.on('stream', stream => {
              stream.on('error', ignore)
              stream.respond({ ':status': 200 })
              stream.write('hello')
              if (what === 'session') stream.session!.destroy()
              else stream.destroy()
            }),
          async client => notes.fact(await asked(client.request({ ':path': '/' }))),
        ),
    ]),
  ),

  'HTTP/2: streams that come together': (world, notes) =>
    session(
      world,
      server =>
        server.on('stream', (stream, headers) => {
          notes.note(`stream ${headers[':path']}`)
          stream.respond({ ':status': 200 })
          stream.end()
        }),
      client => Promise.all(['/1', '/2', '/3'].map(path => asked(client.request({ ':path': path })))),
    ),

  'HTTP/2: streams one after the other, by once()': (world, notes) =>
    session(
      world,
      server => {
        const answer = (stream: http2.ServerHttp2Stream) => {
          notes.fact(`stream ${stream.id}`)
          stream.respond({ ':status': 200 })
          stream.end()
        }
        void oneByOne(server, 'stream', 3, answer)
      },
      client => Promise.all(['/1', '/2', '/3'].map(path => asked(client.request({ ':path': path })))),
    ),

  'HTTP/2: a request and its text that come together': (world, notes) =>
    session(
      world,
      server =>
        server.on('stream', stream => {
          notes.note('stream')
          stream.on('data', data => notes.note(`data of ${data.length}`))
          stream.on('end', () => {
            notes.fact('end')
            stream.respond({ ':status': 200 })
            stream.end()
          })
        }),
      client => {
        const request = client.request({ ':method': 'POST', ':path': '/' })
        for (let n = 1; n <= 5; n++) request.write(Buffer.alloc(n))
        return asked(request)
      },
    ),
}
