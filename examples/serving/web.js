// sudo node web.js [key.pem cert.pem], or scripts/netns.sh node web.js in a namespace of its own
import { readFileSync } from 'node:fs'
import http from 'node:http'
import http2 from 'node:http2'
import { createStack, openTun } from 'tuntcp'

const [key, cert] = process.argv.slice(2).map(file => readFileSync(file))

const tun = openTun({ address: '192.0.2.1/24' })
const stack = createStack({ link: tun, address: '192.0.2.2/24' })

const answer = (request, response) => {
  response.end(`HTTP/${request.httpVersion} ${request.method} ${request.url}\n`)
}

const web = http.createServer(answer)
stack.serve(web, { port: 80 })
web.on('listening', () => console.log('http://192.0.2.2/'))

if (key && cert) {
  // HTTP/2 and, for who cannot speak it, HTTP/1.1
  const secure = http2.createSecureServer({ key, cert, allowHTTP1: true }, answer)
  stack.serve(secure, { port: 443 })
  secure.on('listening', () => console.log('https://192.0.2.2/'))
}

process.once('SIGTERM', () => stack.close().then(() => process.exit()))
