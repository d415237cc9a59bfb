/** Programs in other languages through the proxy, by each of its ways, on a bad path: every byte is what it was. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import http, { type RequestListener } from 'node:http'
import https from 'node:https'
import type net from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ExecutionContext } from 'ava'
import { CERTIFICATE, KEY } from '../libraries/certificate.ts'
import { missingTools, testUnless } from '../support/needs.ts'
import { behind, sha, socksBehind, wasBad } from './bad-path.ts'
import { outputOf } from './output-of.ts'
import { directoryOf } from './servers.ts'
import { echo, LOOPBACK } from './support.ts'

/** A server that returns what is posted to it. @returns its port */
const webServer = async (
  t: ExecutionContext,
  create: (answer: RequestListener) => http.Server,
): Promise<number> => {
  const server = create((request, response) => {
    if (request.method === 'POST') request.pipe(response)
    else response.end(request.url)
  })
  server.listen(0, LOOPBACK)
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return (server.address() as net.AddressInfo).port
}

const PYTHON = `
import http.client, socket, struct, sys, urllib.request
socks, port = int(sys.argv[1]), int(sys.argv[2])
connection = http.client.HTTPConnection('127.0.0.1', socks)
connection.set_tunnel('localhost', port)
connection.request('POST', '/', sys.stdin.buffer.read())
sys.stdout.buffer.write(connection.getresponse().read())
s = socket.create_connection(('127.0.0.1', socks))
s.sendall(b'\\x05\\x01\\x00')
assert s.recv(2, socket.MSG_WAITALL) == b'\\x05\\x00'
s.sendall(b'\\x05\\x01\\x00\\x03\\x09localhost' + struct.pack('>H', port))
assert s.recv(10, socket.MSG_WAITALL)[1] == 0
s.sendall(b'GET /end HTTP/1.0\\r\\n\\r\\n')
s.shutdown(socket.SHUT_WR)
assert s.makefile('rb').read().endswith(b'/end')
print(urllib.request.urlopen('http://127.0.0.1:%s/urllib' % sys.argv[3]).read().decode(), file=sys.stderr)
`

testUnless(missingTools('python3'))(
  'Python: http.client by CONNECT, a socket by SOCKS5, urllib to a port of the proxy',
  async t => {
    const port = await webServer(t, answer => http.createServer(answer))
    const socks = await socksBehind(t)
    const { port: proxied } = await behind(t, port)
    const input = randomBytes(300_000)
    const output = await outputOf(t, ['python3', '-c', PYTHON, ...[socks, port, proxied].map(String)], {
      input,
      env: { no_proxy: '*' },
    })
    t.is(sha(output), sha(input))
  },
)

const JAVA = fileURLToPath(new URL('../../../test/proxy/Clients.java', import.meta.url))

testUnless(missingTools('java'))(
  'Java: HttpClient by CONNECT, a socket by SOCKS5, a socket to a port of the proxy',
  async t => {
    const secure = await webServer(t, answer => https.createServer({ key: KEY, cert: CERTIFICATE }, answer))
    const { port } = await echo(t)
    const socks = await socksBehind(t)
    const { proxy, port: proxied } = await behind(t, port)
    const input = randomBytes(300_000)
    const certificate = join(directoryOf(t), 'certificate.pem')
    writeFileSync(certificate, CERTIFICATE)
    const properties = {
      socksProxyHost: LOOPBACK,
      socksProxyPort: socks,
      // By default it leaves loopback out.
      socksNonProxyHosts: '',
      // The certificate is of another name.
      'jdk.internal.httpclient.disableHostnameVerification': true,
    }
    const options = Object.entries(properties).map(([name, value]) => `-D${name}=${value}`)
    // The program is short: what a compiler would do to it costs more than it saves.
    const sparing = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']
    const ports = [socks, secure, port, proxied].map(String)
    const output = await outputOf(t, ['java', ...sparing, ...options, JAVA, ...ports, certificate], { input })
    t.deepEqual(String(output).trim().split('\n'), Array(3).fill(sha(input)))
    wasBad(t, proxy)
  },
)
