/** Scripts that run on tls over sockets of the program's own, which the program goes on to use. */
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

const EVENTS = ['connect', 'secureConnect', 'end', 'finish', 'error', 'close'] as const

interface Ends {
  readonly log: Log
  /** The client's, and the server's. */
  readonly client: tls.TLSSocket
  readonly server: tls.TLSSocket
  /** The sockets beneath. */
  readonly clientBeneath: net.Socket
  readonly serverBeneath: net.Socket
}

/** @param early whether TLS begins before the socket beneath is connected */
const over =
  (
    act: (ends: Ends) => void | Promise<void>,
    { early = false, options = {} as tls.TlsOptions } = {},
  ): WebScenario =>
  async (log, host) => {
    let server: tls.TLSSocket | null = null
    let serverBeneath: net.Socket | null = null
    const listener = tls.createServer({ cert, key, ...options }, socket => {
      server = watch(log, 'S', socket, 'end', 'finish', 'error', 'close')
      socket.resume()
    })
    listener.on('connection', socket => {
      serverBeneath = socket
    })
    const port = await listening(listener, host)
    const clientBeneath = watch(log, 'beneath', net.connect(port, host), 'error', 'end', 'finish', 'close')
    if (!early) await once(clientBeneath, 'connect')
    const client = watch(log, 'C', tls.connect({ ...trusting, socket: clientBeneath }), ...EVENTS)
    const over = gone(client)
    let length = 0
    client.on('data', data => {
      length += data.length
    })
    client.on('close', () => log(`C.received ${length}`))
    await once(client, 'secureConnect')
    await settled()
    await act({ log, client, server: server!, clientBeneath, serverBeneath: serverBeneath! })
    await over
    clientBeneath.destroy()
    serverBeneath!.destroy()
    await settled()
    listener.close()
    await gone(listener)
    await settled()
  }

/** TLS in TLS: the outer one is a socket that connects by itself, or is connected already. */
const nested =
  (early: boolean): WebScenario =>
  async (log, host) => {
    const inner = tls.createServer({ cert, key }, socket => void socket.resume().end('from within'))
    const port = await listening(inner, host)
    const sockets: net.Socket[] = []
    inner.on('connection', socket => sockets.push(socket))
    const outer = tls.createServer({ cert, key }, socket => {
      const onward = net.connect(port, host)
      sockets.push(socket, onward)
      socket.pipe(onward).on('error', () => {})
      onward.pipe(socket).on('error', () => {})
    })
    const outerPort = await listening(outer, host)
    const beneath = watch(
      log,
      'beneath',
      tls.connect({ ...trusting, host, port: outerPort }),
      'error',
      'end',
      'close',
    )
    if (!early) await once(beneath, 'secureConnect')
    const client = watch(log, 'C', tls.connect({ ...trusting, socket: beneath }), ...EVENTS)
    client.on('data', data => log(`C.data ${data}`))
    await gone(client)
    await settled()
    for (const each of [beneath, ...sockets]) each.destroy()
    for (const each of [inner, outer]) {
      each.close()
      await gone(each)
    }
  }

export const OVER: Record<string, WebScenario> = {
  'what is not TLS is written beneath it, and then the end': over(({ serverBeneath }) => {
    serverBeneath.write('what is this')
    serverBeneath.end()
  }),
  'the socket beneath ends, and TLS ends': over(
    async ({ log, clientBeneath, client, server }) => {
      clientBeneath.end(() => log('beneath.ended'))
      client.end(() => log('C.ended'))
      server.end()
    },
    { options: { allowHalfOpen: true } },
  ),
  'TLS ends, and the socket beneath ends': over(
    async ({ log, clientBeneath, client, server }) => {
      client.end(() => log('C.ended'))
      clientBeneath.end(() => log('beneath.ended'))
      server.end()
    },
    { options: { allowHalfOpen: true } },
  ),
  'the socket beneath is destroyed, and TLS writes': over(({ log, client, clientBeneath }) => {
    clientBeneath.destroy()
    client.write('late', error => log(`C.written ${told(error)}`))
  }),
  'TLS begins before the socket beneath is connected': over(({ server }) => void server.end('at last'), {
    early: true,
  }),
}

export const NESTED: Record<string, WebScenario> = {
  'a socket that is connected': nested(false),
  'a socket that is yet to be connected': nested(true),
}
