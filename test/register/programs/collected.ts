/** What has ended is collected, whoever has held it: prints the kinds of objects that are not. */
import { once } from 'node:events'
import http from 'node:http'
import http2 from 'node:http2'
import nodeNet from 'node:net'
import tls from 'node:tls'
import * as ours from '../../../src/net/net.ts'
import { CERTIFICATE as cert, KEY as key } from '../../libraries/certificate.ts'

const PORT = 4440
/** Rounds of the event loop in which a collection may have to be repeated. */
const PATIENCE = 100

const [, , face, HOST = '127.0.0.1'] = process.argv
const net = face === 'net' ? (ours as unknown as typeof nodeNet) : nodeNet
const { gc } = globalThis as { gc?: () => void }

const made: [kind: string, object: WeakRef<object>][] = []
const note = <T extends object>(kind: string, object: T): T => {
  made.push([kind, new WeakRef(object)])
  return object
}

const gone = (from: NodeJS.EventEmitter): Promise<void> =>
  new Promise(resolve => from.on('error', () => {}).once('close', () => resolve()))

const connect = (kind: string): nodeNet.Socket => note(kind, net.connect(PORT, HOST))

const plain = async (): Promise<void> => {
  const server = note('server', net.createServer())
  server.on('connection', socket =>
    note(
      'accepted',
      socket.on('error', () => {}),
    ).end('hello'),
  )
  server.listen(PORT)
  await once(server, 'listening')
  await gone(connect('ended').resume())
  await gone(connect('destroyed').destroy())
  const reset = connect('reset')
  await new Promise(resolve => reset.once('connect', resolve))
  await gone(reset.resetAndDestroy())
  const timed = connect('timed')
  timed.setTimeout(3_600_000)
  await gone(timed.resume())
  server.close()
  await gone(server)
  await gone(connect('refused'))
}

const web = async (server: http.Server | http2.Http2Server, ask: () => Promise<void>): Promise<void> => {
  note('web server', server)
  server.on('connection', socket => note('socket of the web server', socket))
  server.on('request', (request, response) => {
    note('request', request)
    note('response', response).end('hello')
  })
  server.listen(PORT)
  await once(server, 'listening')
  await ask()
  server.close()
  await gone(server)
}

const askHttp = async (): Promise<void> => {
  const request = note('asked', http.get({ port: PORT, host: HOST, agent: false }))
  const [answer] = (await once(request, 'response')) as [http.IncomingMessage]
  await gone(note('answer', answer).resume())
}

const askHttp2 = async (): Promise<void> => {
  const session = note('session', http2.connect(`http://${HOST}:${PORT}`))
  await gone(note('stream', session.request()).resume())
  session.close()
  await gone(session)
}

const secure = async (): Promise<void> => {
  const server = note('TLS server', tls.createServer({ cert, key }))
  server.on('secureConnection', socket =>
    note(
      'secured',
      socket.on('error', () => {}),
    ).end('hello'),
  )
  server.listen(PORT)
  await once(server, 'listening')
  const client = tls.connect({ port: PORT, host: HOST, ca: cert, servername: 'server.example' })
  await gone(note('TLS client', client).resume())
  server.close()
  await gone(server)
}

// The last of each is the one that something may still have.
for (let i = 0; i < 2; i++) await plain()
if (face !== 'net') {
  await web(http.createServer(), askHttp)
  await web(http2.createServer(), askHttp2)
  await secure()
}
const left = () => made.filter(([_kind, object]) => object.deref() !== undefined)
for (let i = 0; i < PATIENCE && left().length > 0; i++) {
  await new Promise(resolve => setImmediate(resolve))
  gc!()
}
console.log(
  made.length,
  left()
    .map(([kind]) => kind)
    .join(),
)
