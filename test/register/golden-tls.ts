/** Scripts that run on tls. */
import { once } from 'node:events'
import net from 'node:net'
import tls from 'node:tls'
import { CERTIFICATE as cert, KEY as key } from '../libraries/certificate.ts'
import {
  gone,
  type Log,
  listening,
  settled,
  told,
  trusting,
  type WebScenario,
  watch,
} from './golden-web-support.ts'

type Talking = (socket: tls.TLSSocket, log: Log, port: number) => Promise<unknown>

const TLS_EVENTS = ['connect', 'secureConnect', 'end', 'finish', 'timeout', 'error', 'close'] as const

const talking =
  (
    serve: (socket: tls.TLSSocket, log: Log) => void,
    talk: Talking,
    options: tls.ConnectionOptions = {},
  ): WebScenario =>
  async (log, host) => {
    const server = tls.createServer({ cert, key, ALPNProtocols: ['one', 'two'] }, socket => {
      log(
        `S.secured ${socket.getProtocol()} ${socket.alpnProtocol} ${socket.servername} ${socket.isSessionReused()}`,
      )
      watch(log, 'S', socket, 'end', 'finish', 'error', 'close')
      serve(socket, log)
    })
    watch(log, 'S.server', server, 'tlsClientError', 'close')
    const port = await listening(server, host)
    const socket = tls.connect({ ...trusting, host, port, ...options })
    watch(log, 'C', socket, ...TLS_EVENTS)
    const over = gone(socket)
    await talk(socket, log, port)
    await over
    await settled()
    server.close()
    await gone(server)
    await settled()
  }

const listen: Talking = async (socket, log) => {
  let length = 0
  socket.on('data', data => {
    length += data.length
  })
  socket.on('end', () => log(`C.received ${length}`))
}

/** A reset that comes while a write waits, over a socket of the program's own; each hears of it once. */
const resetWhileWriting: WebScenario = async (log, host) => {
  const server = net.createServer(raw => {
    // (The tickets of TLS 1.3 come before the reset or with it, as packets are cut.)
    const options = { isServer: true, cert, key, maxVersion: 'TLSv1.2' } as const
    const secured = new tls.TLSSocket(raw, options).on('error', () => {})
    secured.once('data', () => {
      secured.pause()
      raw.on('error', () => {}).resetAndDestroy()
    })
  })
  const port = await listening(server, host)
  const raw = watch(log, 'raw', net.connect(port, host), 'error', 'close')
  const socket = watch(log, 'C', tls.connect({ ...trusting, socket: raw }), ...TLS_EVENTS)
  const over = gone(socket)
  await once(socket, 'secureConnect')
  // (The sessions that the server offers come before the reset, or with it, or not at all.)
  await settled()
  // (More than all buffers on the way have room for.)
  socket.write(Buffer.alloc(30_000_000), error => log(`C.written(${told(error)})`))
  await over
  await settled()
  server.close()
  await gone(server)
}

export const TALKS: Record<string, WebScenario> = {
  'a reset while a write waits': resetWhileWriting,
  'the server says something and ends': talking(socket => void socket.end('hello'), listen),
  'a megabyte from the server': talking(socket => void socket.end(Buffer.alloc(1_000_000)), listen),
  'an echo': talking(
    socket => void socket.pipe(socket),
    async (socket, log) => {
      await listen(socket, log, 0)
      socket.end(Buffer.alloc(200_000))
    },
  ),
  'written before it is secured': talking(
    socket => void socket.resume().on('end', () => socket.end('thanks')),
    async (socket, log) => {
      await listen(socket, log, 0)
      socket.write('early', error => log(`C.written ${told(error)}`))
      socket.end()
    },
  ),
  'a certificate of nobody’s': talking(
    () => {},
    async () => {},
    { ca: [] },
  ),
  'a name that is not the certificate’s': talking(
    () => {},
    async () => {},
    { servername: 'other.example' },
  ),
  'nobody is verified': talking(socket => void socket.end('x'), listen, {
    ca: [],
    rejectUnauthorized: false,
  }),
  'protocols of the application': talking(
    socket => void socket.end('x'),
    async (socket, log) => {
      await listen(socket, log, 0)
      socket.on('secureConnect', () => log(`C ${socket.alpnProtocol} ${socket.authorized}`))
    },
    { ALPNProtocols: ['two'] },
  ),
  'TLS 1.2': talking(socket => void socket.end('x'), listen, { maxVersion: 'TLSv1.2' }),
  'nothing is written, and then something': talking(socket => {
    socket.write('')
    socket.write(Buffer.alloc(100_000))
    socket.end('x')
  }, listen),
  renegotiated: talking(
    socket => void socket.resume().on('end', () => socket.end()),
    async (socket, log) => {
      await once(socket, 'secureConnect')
      await new Promise<void>(resolve =>
        socket.renegotiate({ rejectUnauthorized: false }, error => {
          log(`C.renegotiated ${told(error)}`)
          resolve()
        }),
      )
      socket.resume().end()
    },
    { maxVersion: 'TLSv1.2' },
  ),
  'destroyed by the client': talking(
    socket => void socket.resume().write('secured'),
    async socket => {
      await once(socket, 'data')
      socket.destroy()
    },
  ),
  'destroyed with an error': talking(
    socket => void socket.resume().write('secured'),
    async socket => {
      await once(socket, 'data')
      socket.destroy(new Error('mine'))
    },
  ),
  'destroyed before it is secured': talking(
    () => {},
    async socket => void socket.destroy(),
  ),
}
