/** Faults by HTTP: JSON, for programs of this machine. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { hostStatusInParts } from '../host/status.ts'
import { isProgram } from '../live/access.ts'
import type { Stack } from '../net/stack.ts'
import { bodyOf } from '../proxy/api/http.ts'
import type { ApiToken } from './api-token.ts'
import { Failure } from './command.ts'
import { rowsAsJson } from './connection-rows.ts'
import type { FaultOrders } from './fault-orders.ts'

interface Given extends Record<string, unknown> {
  readonly direction?: unknown
}

/** Makes an order of the body of a request. */
type Route = (given: Given) => unknown

const ROUTES: Readonly<Record<string, Readonly<Record<string, Route>>>> = {
  '/faults': {
    GET: () => ({ do: 'show' }),
    PATCH: ({ direction, ...faults }) => ({
      do: 'set',
      faults,
      ...(direction === undefined ? {} : { direction }),
    }),
    DELETE: () => ({ do: 'clear' }),
  },
  '/partition': { POST: given => ({ ...given, do: 'partition' }) },
  '/heal': { POST: given => ({ ...given, do: 'heal' }) },
  '/drop-next': { POST: given => ({ ...given, do: 'drop-next' }) },
  '/reset': { POST: given => ({ ...given, do: 'reset' }) },
}

interface Answer {
  readonly status: number
  /** A value to be told as JSON, or the pieces of its text. */
  readonly body: unknown
}

async function* connectionsAsJson({ host }: Stack): AsyncGenerator<string, void, undefined> {
  yield '{"connections":'
  yield* rowsAsJson(hostStatusInParts(host))
  yield '}\n'
}

const isPieces = (body: unknown): body is AsyncIterable<string> => Symbol.asyncIterator in Object(body)

const answer = async (
  request: IncomingMessage,
  orders: FaultOrders,
  stack: Stack,
  token: ApiToken,
): Promise<Answer> => {
  if (!isProgram(request.headers))
    return { status: 403, body: { error: 'only for programs of this machine' } }
  if (!token.isIn(request.headers.authorization))
    return {
      status: 401,
      body: {
        error: `the header 'Authorization: Bearer TOKEN' is missing or wrong: TOKEN is in ${token.path}`,
      },
    }
  const path = (request.url ?? '').split('?')[0]!
  const method = request.method ?? ''
  if (path === '/connections' && method === 'GET') return { status: 200, body: connectionsAsJson(stack) }
  const methods = Object.hasOwn(ROUTES, path) ? ROUTES[path]! : null
  if (methods === null)
    return {
      status: 404,
      body: { error: `there is no ${path}; there are ${Object.keys(ROUTES).join(', ')}, /connections` },
    }
  if (!Object.hasOwn(methods, method))
    return { status: 405, body: { error: `${path} takes ${Object.keys(methods).join(', ')}, not ${method}` } }
  const text = await bodyOf(request)
  if (text === null) return { status: 413, body: { error: 'too long' } }
  let given: unknown
  try {
    given = text.trim() === '' ? {} : JSON.parse(text)
  } catch (error) {
    return { status: 400, body: { error: `not JSON: ${(error as Error).message}` } }
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return { status: 400, body: { error: 'the body must be an object, such as { "loss": "5%" }' } }
  try {
    return { status: 200, body: orders.obey(methods[method]!(given as Given)) }
  } catch (error) {
    return { status: 400, body: { error: (error as Error).message } }
  }
}

/**
 * Takes orders at 127.0.0.1 from those who have the token: every user of the machine can connect there.
 * @throws Failure when the port is not to be had
 */
export const openFaultHttp = async (
  port: number,
  orders: FaultOrders,
  stack: Stack,
  token: ApiToken,
): Promise<Server> => {
  const server = createServer((request, response) => {
    // The client may go away at any time.
    response.on('error', () => {})
    answer(request, orders, stack, token).then(
      ({ status, body }) => {
        response.writeHead(status, {
          'content-type': 'application/json',
          ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
        })
        if (isPieces(body)) pipeline(body, response).catch(() => response.destroy())
        else response.end(`${JSON.stringify(body)}\n`)
      },
      () => request.destroy(),
    )
  })
  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (error) {
    throw new Failure(
      `no HTTP interface at 127.0.0.1:${port}: ${(error as Error).message}; choose another (--api PORT), or none (--no-api)`,
    )
  }
  return server
}
