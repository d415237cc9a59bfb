/** Serves Toxiproxy's interface on loopback. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { isProgram } from '../../live/access.ts'
import { bodyOf } from './http.ts'
import type { ApiAnswer, ToxiproxyApi } from './toxiproxy.ts'

/** The path for orders about the faults of packets, which Toxiproxy has not. */
export const ORDERS_PATH = '/orders'

/** The side that obeys them. @throws Error that says what is wrong; nothing is done then */
export type Obey = (order: unknown) => unknown

/** A list of many proxies may be long. */
const LONGEST = 1 << 20
/** The time for a request to come, ms. */
const PATIENCE = 15_000

/**
 * Returns whether a page may have sent it. Toxiproxy refuses browsers by their name; a page of another site is also known by its
 * origin, and by a host's name that is not of this machine.
 */
const isRefused = (request: IncomingMessage): boolean =>
  !isProgram(request.headers) || (request.headers['user-agent'] ?? '').startsWith('Mozilla/')

const answerTo = async (
  request: IncomingMessage,
  api: ToxiproxyApi,
  obey: Obey | null,
): Promise<ApiAnswer> => {
  if (isRefused(request)) return { status: 403, body: 'User agent not allowed' }
  const text = await bodyOf(request, LONGEST)
  if (text === null) return { status: 413, body: { error: 'the body is too long', status: 413 } }
  const { method = '' } = request
  const path = (request.url ?? '').split('?')[0]!
  if (path !== ORDERS_PATH || obey === null) return api.answer(method, path, text)
  return method === 'POST' ? obeyed(obey, text) : { status: 405, body: null }
}

const obeyed = (obey: Obey, text: string): ApiAnswer => {
  try {
    return { status: 200, body: obey(JSON.parse(text)) }
  } catch (error) {
    return { status: 400, body: { error: (error as Error).message, status: 400 } }
  }
}

const send = (response: ServerResponse, { status, body }: ApiAnswer): void => {
  if (body === null) response.writeHead(status).end()
  else if (typeof body === 'string')
    response.writeHead(status, { 'content-type': 'text/plain' }).end(`${body}\n`)
  else response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** @throws the error of listen(2) */
export const serveApi = async (
  port: number,
  api: ToxiproxyApi,
  obey: Obey | null = null,
): Promise<Server> => {
  const server = createServer({ requestTimeout: PATIENCE }, (request, response) => {
    // The client may go away at any time.
    response.on('error', () => {})
    answerTo(request, api, obey).then(
      answer => send(response, answer),
      () => request.destroy(),
    )
  })
  // As Toxiproxy's: a connection that a client keeps for its next order must not end while that is on its way.
  server.keepAliveTimeout = 0
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}
