/** Scripts that run on http and on https. */
import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import { CERTIFICATE as cert, KEY as key } from '../libraries/certificate.ts'
import {
  gone,
  type Log,
  listening,
  settled,
  trusting,
  type WebScenario,
  watch,
} from './golden-web-support.ts'

export interface Web {
  serve(options: http.ServerOptions, listener: http.RequestListener): http.Server
  request(options: http.RequestOptions): http.ClientRequest
  agent(options: http.AgentOptions): http.Agent
}

export const CLEAR: Web = {
  serve: (options, listener) => http.createServer(options, listener),
  request: options => http.request(options),
  agent: options => new http.Agent(options),
}

export const SECURE: Web = {
  serve: (options, listener) => https.createServer({ ...options, cert, key }, listener),
  request: options => https.request({ ...trusting, ...options }),
  agent: options => new https.Agent({ ...trusting, ...options }),
}

type Asking = (
  request: (options?: http.RequestOptions) => http.ClientRequest,
  log: Log,
  server: http.Server,
) => Promise<unknown>

const watchRequest = (log: Log, request: http.ClientRequest): http.ClientRequest => {
  watch(
    log,
    'C.request',
    request,
    'socket',
    'finish',
    'abort',
    'timeout',
    'continue',
    'information',
    'error',
    'close',
  )
  request.on('response', response => {
    const { connection, te = response.headers['transfer-encoding'] } = response.headers
    log(
      `C.response ${response.statusCode} ${response.statusMessage} ${connection} ${te} ${response.httpVersion}`,
    )
    watch(log, 'C.response', response, 'aborted', 'end', 'error', 'close')
    let length = 0
    response.on('data', data => {
      length += data.length
    })
    response.on('end', () => log(`C.received ${length} complete ${response.complete}`))
  })
  return request
}

const asking =
  (serve: http.RequestListener, ask: Asking, options: http.ServerOptions = {}) =>
  (web: Web): WebScenario =>
  async (log, host) => {
    const server = web.serve(options, (request, response) => {
      log(`S.request ${request.method} ${request.url} ${request.headers.connection}`)
      watch(log, 'S.request', request, 'aborted', 'end', 'error', 'close')
      watch(log, 'S.response', response, 'finish', 'error', 'close')
      serve(request, response)
    })
    watch(log, 'S.server', server, 'close', 'clientError')
    const port = await listening(server, host)
    const agent = web.agent({ keepAlive: false })
    await ask(more => watchRequest(log, web.request({ host, port, agent, ...more })), log, server)
    await settled()
    server.closeAllConnections()
    server.close()
    await gone(server)
    agent.destroy()
    await settled()
  }

const simple: Asking = async request => {
  const asked = request()
  asked.end()
  await gone(asked)
}

const drain = (request: http.IncomingMessage) => void request.resume()

export const WEB: Record<string, (web: Web) => WebScenario> = {
  'a response of known length': asking((_q, r) => void r.end('hello'), simple),
  'a response in chunks': asking((_q, r) => {
    r.write('one')
    r.end('two')
  }, simple),
  'a large request is refused unread': asking(
    (_q, r) => void r.writeHead(413, { connection: 'close' }).end('too large'),
    async request => {
      const asked = request({ method: 'POST' })
      asked.end(Buffer.alloc(300_000))
      await gone(asked)
    },
  ),
  'a response after a turn': asking((_q, r) => void setImmediate(() => r.end('late')), simple),
  'a response after a promise': asking(async (_q, r) => {
    await null
    r.end('late')
  }, simple),
  'an empty response': asking((_q, r) => void r.writeHead(204).end(), simple),
  'a large response': asking((_q, r) => void r.end(Buffer.alloc(1_000_000)), simple),
  'no response: the server destroys': asking(q => void q.socket.destroy(), simple),
  'a response that is cut off': asking((_q, r) => {
    r.writeHead(200, { 'Content-Length': 10 })
    r.write('half', () => setImmediate(() => r.destroy()))
  }, simple),
  'a posted body': asking(
    (q, r) => {
      q.resume().on('end', () => r.end('thanks'))
    },
    async request => {
      const asked = request({ method: 'POST' })
      asked.write('some ')
      asked.end('body')
      await gone(asked)
    },
  ),
  'a large posted body': asking(
    (q, r) => {
      q.resume().on('end', () => r.end('thanks'))
    },
    async request => {
      const asked = request({ method: 'PUT', headers: { 'Content-Length': 1_000_000 } })
      asked.end(Buffer.alloc(1_000_000))
      await gone(asked)
    },
  ),
  HEAD: asking(
    (_q, r) => void r.end(),
    async request => {
      const asked = request({ method: 'HEAD' })
      asked.end()
      await gone(asked)
    },
  ),
  'expect: continue': asking(
    (q, r) => {
      q.resume().on('end', () => r.end('thanks'))
    },
    async request => {
      const asked = request({ method: 'POST', headers: { Expect: '100-continue' } })
      asked.flushHeaders()
      await once(asked, 'continue')
      asked.end('now')
      await gone(asked)
    },
  ),
  'destroyed before it is sent': asking(
    (_q, r) => void r.end(),
    async request => {
      const asked = request()
      asked.destroy()
      await gone(asked)
    },
  ),
  'destroyed in the response': asking(
    (_q, r) => void r.write('begin'),
    async request => {
      const asked = request()
      asked.end()
      const [response] = (await once(asked, 'response')) as [http.IncomingMessage]
      response.destroy()
      await gone(asked)
    },
  ),
  'a keep-alive connection for two': asking(
    (q, r) => {
      drain(q)
      r.end(String(q.url))
    },
    async (request, log) => {
      const ports = new Set<number | undefined>()
      for (const path of ['/1', '/2']) {
        const asked = request({ path, headers: { Connection: 'keep-alive' } })
        asked.on('socket', socket => socket.once('connect', () => ports.add(socket.localPort)))
        asked.end()
        await gone(asked)
      }
      log(`C ${ports.size} connections`)
    },
  ),
  'a timeout of the request': asking(
    () => {},
    async (request, _log, server) => {
      const asked = request()
      asked.on('timeout', () => asked.destroy(new Error('mine')))
      asked.end()
      // From here on: how long it takes to get there is the machine's affair.
      await once(server, 'request')
      asked.setTimeout(30)
      await gone(asked)
    },
  ),
  'an information': asking((_q, r) => {
    r.writeEarlyHints({ link: '</style.css>; rel=preload' })
    r.end('after')
  }, simple),
  trailers: asking((_q, r) => {
    r.writeHead(200, { Trailer: 'X-Sum' })
    r.write('text')
    r.addTrailers({ 'X-Sum': '1' })
    r.end()
  }, simple),
}

/** The server has begun with TLS by then, or it has not: that is chance. */
export const { 'destroyed before it is sent': _chance, ...WEB_OVER_TLS } = WEB
