/** The services of a subject of the benchmark: echo, discard, a pattern for ever, and HTTP, in node:net's calls alone. */
import { createServer } from 'node:http'

/** The bytes of port 19: the i-th is i mod 251. Whole periods, so that copies join. */
const PERIOD = 251
export const PATTERN = Buffer.allocUnsafeSlow(PERIOD * 1044)
for (let i = 0; i < PATTERN.length; i++) PATTERN[i] = i % PERIOD

/** More than may wait at once in any figure. */
const BACKLOG = 4096

const echo = socket => {
  socket.on('error', () => {})
  socket.pipe(socket)
}

const discard = socket => {
  let bytes = 0
  socket.on('error', () => {})
  socket.on('data', chunk => {
    bytes += chunk.length
  })
  socket.on('end', () => socket.end(`${bytes}\n`))
}

const chargen = socket => {
  const fill = () => {
    while (socket.writable && socket.write(PATTERN)) {}
  }
  socket.on('error', () => {})
  socket.on('drain', fill)
  socket.resume()
  fill()
}

const page = Buffer.from('Hello, world!\n')

const hello = (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/plain', 'content-length': page.length })
  response.end(page)
}

/**
 * Serves all of it.
 * @param net node:net, or a module like it
 * @param options what its servers are given besides
 * @param listen has an http.Server listen on a port of the same addresses
 */
export const serveAll = ({ net, options = {}, listen }) => {
  for (const [port, service] of [
    [7, echo],
    [9, discard],
    [19, chargen],
  ])
    net
      .createServer({ allowHalfOpen: true, noDelay: true, ...options }, service)
      .listen({ port, backlog: BACKLOG })
  serveHttp(listen)
}

/** Serves HTTP alone. */
export const serveHttp = listen => listen(createServer({ keepAliveTimeout: 0 }, hello), 80)
