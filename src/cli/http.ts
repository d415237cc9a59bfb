/** The HTTP service: a page about the connection that it came by, and bytes to measure with. */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { Socket } from '../net/socket.ts'
import { patternAt } from './services.ts'

/** More are sent without a hash of them: it has to be known before the first. */
const LARGEST_HASHED = 2 ** 30
const CHUNK = 64_000

function* pattern(total: number): Generator<Buffer> {
  for (let at = 0; at < total; ) {
    const chunk = patternAt(at, Math.min(CHUNK, total - at))
    yield chunk
    at += chunk.length
  }
}

const sha256 = (chunks: Iterable<Uint8Array>): string => {
  const hash = createHash('sha256')
  for (const chunk of chunks) hash.update(chunk)
  return hash.digest('hex')
}

/** `/bytes/N`: byte i is i mod 251. */
const sendBytes = (response: ServerResponse, total: number, head: boolean): void => {
  response.setHeader('content-type', 'application/octet-stream')
  response.setHeader('content-length', total)
  if (total <= LARGEST_HASHED) response.setHeader('x-sha256', sha256(pattern(total)))
  if (head) response.end()
  else Readable.from(pattern(total), { objectMode: false, highWaterMark: 1 << 20 }).pipe(response)
}

const receiveBytes = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    hash.update(chunk)
  }
  response.setHeader('content-type', 'text/plain')
  response.end(`${bytes} bytes\nsha256 ${hash.digest('hex')}\n`)
}

const page = (socket: unknown): string => {
  const info = socket instanceof Socket ? socket.tcpInfo() : null
  const peer = socket instanceof Socket ? `${socket.remoteAddress}:${socket.remotePort}` : 'unknown'
  const rows: [string, string][] = [['your end', peer]]
  if (info !== null)
    rows.push(
      ['state', info.state],
      ['round trip', info.srtt < 0 ? 'not measured yet' : `${info.srtt.toFixed(2)} ms`],
      ['send MSS', `${info.mss} bytes`],
      ['congestion window', `${info.cwnd} bytes`],
      ['your window', `${info.sendWindow} bytes`],
      ['our window', `${info.receiveWindow} bytes`],
    )
  return `<!doctype html>
<meta charset="utf-8">
<title>tuntcp</title>
<style>body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem; color-scheme: light dark }
th { text-align: left; padding-right: 2rem; font-weight: normal; opacity: .7 }</style>
<h1>tuntcp</h1>
<p>This page came by a TCP written in TypeScript, through a TUN device. The connection, as its end here sees it:</p>
<table>
${rows.map(([name, value]) => `<tr><th>${name}<td>${value}`).join('\n')}
</table>
<p><code>/bytes/N</code> sends N bytes, with their SHA-256 in a header; PUT or POST anything and read what arrived.</p>
`
}

/** An http.Server for the stack; it does not listen yet. */
export const httpService = (): Server =>
  createServer((request, response) => {
    response.on('error', () => {})
    const head = request.method === 'HEAD'
    if (request.method === 'PUT' || request.method === 'POST') {
      receiveBytes(request, response).catch(() => response.destroy())
      return
    }
    const total = /^\/bytes\/(\d{1,13})$/.exec(request.url ?? '')?.[1]
    if (request.method !== 'GET' && !head) {
      response.writeHead(405, { allow: 'GET, HEAD, PUT, POST' }).end()
    } else if (total !== undefined) {
      sendBytes(response, Number(total), head)
    } else if (request.url === '/') {
      const text = page(request.socket)
      response.writeHead(200, {
        'content-type': 'text/html; charset=utf-8',
        'content-length': Buffer.byteLength(text),
      })
      response.end(head ? undefined : text)
    } else {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('not found: there is / and /bytes/N\n')
    }
  })
