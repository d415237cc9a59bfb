import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from '../../net/socket.ts'
import { htmlPage, textPage } from './http-page.ts'
import { writePattern } from './pattern.ts'
import { PatternDigest } from './pattern-digest.ts'
import { ignoreErrors, type Service } from './service.ts'

const digests = new PatternDigest()

/** `/bytes/N`: N bytes of the pattern, with their SHA-256 in the header. */
const sendBytes = async (request: IncomingMessage, response: ServerResponse, text: string): Promise<void> => {
  const length = Number(text)
  if (!Number.isSafeInteger(length)) {
    plain(response, 400, `/bytes/N takes a whole number up to 2^53 - 1, not ${text}`)
    return
  }
  const sha256 = await digests.of(length)
  response.writeHead(200, {
    'content-type': 'application/octet-stream',
    'content-length': length,
    ...(sha256 === null ? {} : { 'x-sha256': sha256 }),
  })
  if (request.method === 'HEAD') {
    response.end()
    return
  }
  let offset = 0
  const write = () => {
    offset = writePattern(response, offset, length)
    if (offset === length) {
      response.off('drain', write)
      response.end()
    }
  }
  response.on('drain', write)
  write()
}

/** PUT and POST: what came, counted and summed. */
const receive = (request: IncomingMessage, response: ServerResponse): void => {
  const hash = createHash('sha256')
  let bytes = 0
  request.on('data', (chunk: Uint8Array) => {
    bytes += chunk.length
    hash.update(chunk)
  })
  request.on('end', () => {
    plain(response, 200, `${bytes} bytes\nsha256 ${hash.digest('hex')}`)
  })
}

const sendPage = (request: IncomingMessage, response: ServerResponse): void => {
  const socket = request.socket as unknown as Socket
  const html = request.headers.accept?.includes('text/html') ?? false
  response.setHeader('cache-control', 'no-store')
  send(response, 200, html ? 'text/html' : 'text/plain', html ? htmlPage(socket) : textPage(socket))
}

const plain = (response: ServerResponse, status: number, text: string): void =>
  send(response, status, 'text/plain', `${text}\n`)

const send = (response: ServerResponse, status: number, type: string, text: string): void => {
  const body = Buffer.from(text)
  response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'content-length': body.length })
  response.end(body)
}

const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const { method = '', url = '/' } = request
  const [path = '/'] = url.split('?')
  if (method === 'PUT' || method === 'POST') {
    receive(request, response)
    return
  }
  if (method !== 'GET' && method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD, PUT, POST')
    plain(response, 405, `${method} is not done here: GET, HEAD, PUT or POST`)
    return
  }
  const bytes = /^\/bytes\/(\d+)$/.exec(path)
  if (path === '/') sendPage(request, response)
  else if (bytes !== null) await sendBytes(request, response, bytes[1]!)
  else plain(response, 404, `there is no ${path} here: try / or /bytes/1000000, or PUT something`)
}

export const http: Service = {
  name: 'http',
  port: 80,
  help: "a page about the caller's connection; /bytes/N sends N bytes; PUT and POST count and sum what comes",
  async start(stack, port) {
    // Slow clients, and requests that make no sense, are Node's to time out and to answer.
    const server = createServer((request, response) => {
      ignoreErrors(response)
      answer(request, response).catch(error => response.destroy(error))
    })
    // A request by hand (nc -N) is answered although its FIN has come.
    Object.assign(server, { httpAllowHalfOpen: true })
    stack.serve(server, { port, fairReads: true })
    await once(server, 'listening')
  },
}
