// Serves the page, and is the other end of its packets: node server.js, then http://127.0.0.1:8080/
import http from 'node:http'
import { build } from 'esbuild'
import { createStack } from 'tuntcp'
import { WebSocketServer } from 'ws'
import { SocketLink } from './socket-link.js'

const page = new URL('page.js', import.meta.url).pathname
const { outputFiles } = await build({ entryPoints: [page], bundle: true, format: 'iife', write: false })
const html = `<!doctype html><meta charset="utf-8"><script>${outputFiles[0].text}</script>`

const server = http.createServer((_, response) => {
  response.setHeader('content-type', 'text/html; charset=utf-8')
  response.end(html)
})
const sockets = new WebSocketServer({ noServer: true })
server.on('upgrade', (request, socket, head) => {
  // Another page of the web must not reach this network by the reader's browser.
  if (request.headers.origin !== `http://${request.headers.host}`) return socket.destroy()
  sockets.handleUpgrade(request, socket, head, opened => {
    // Each page has a network of its own, with an echo server at port 7.
    const stack = createStack({ link: new SocketLink(opened), address: '192.0.2.1/24' })
    stack.createServer(client => client.pipe(client)).listen(7)
    opened.on('close', () => stack.close({ grace: 0 }))
  })
})
server.listen(Number(process.argv[2] ?? 8080), '127.0.0.1', () =>
  console.log(`http://127.0.0.1:${server.address().port}/`),
)
