/**
 * Programs of others through the proxy, on a path that loses, reorders, doubles and corrupts packets: every byte is what it was.
 * PROXY_MEGABYTES says how much the databases' clients transfer.
 */
import { spawn } from 'node:child_process'
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import type net from 'node:net'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import ssh2 from 'ssh2'
import { nodeClock } from '../../src/net/node-clock.ts'
import { SocksProxy } from '../../src/proxy/socks/front.ts'
import { startProxy, type TestProxy } from '../../src/testing/testing.ts'
import { missingTools, testUnless } from '../support/needs.ts'
import { POSTGRES } from '../support/real-servers.ts'
import { directoryOf, postgresServer, redisServer } from './servers.ts'
import { LOOPBACK } from './support.ts'

const MEGABYTES = Number(process.env.PROXY_MEGABYTES ?? 1)
const FAST = { initialRto: 50, minRto: 20 }
const BAD = { loss: '5%', reorder: '5%', reorderDelay: '2ms', duplicate: '2%', corrupt: '2%' } as const

const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** The output of a program that is given this; rejects when it fails. */
const outputOf = async (
  t: ExecutionContext,
  [command, ...args]: readonly string[],
  { input = '', env = {} }: { readonly input?: string | Uint8Array; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Buffer> => {
  const child = spawn(command!, args, { env: { ...process.env, ...env } })
  t.teardown(() => child.kill('SIGKILL'))
  const out: Buffer[] = []
  let problems = ''
  child.stdout.on('data', chunk => out.push(chunk))
  child.stderr.on('data', text => {
    problems += text
  })
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${problems}`)
  return Buffer.concat(out)
}

const behind = (port: number): Promise<TestProxy> =>
  startProxy({ target: `${LOOPBACK}:${port}`, seed: 7, link: BAD, tcp: FAST })

/** Packets were lost, and came twice, and were corrupt. */
const wasBad = (t: ExecutionContext, p: TestProxy): void => {
  const { upstream, downstream } = p.show().counters
  for (const name of ['corrupted', 'duplicated', 'reordered'] as const)
    t.true(upstream![name] + downstream![name] > 0, name)
  t.true(upstream!.lost.random + downstream!.lost.random > 0)
}

testUnless(missingTools('redis-server', 'redis-cli'))('redis-cli: what is stored is what is had', async t => {
  await using p = await behind(await redisServer(t))
  const cli = ['redis-cli', '-h', LOOPBACK, '-p', String(p.port)]
  const value = randomBytes(MEGABYTES << 20)
  t.is(String(await outputOf(t, [...cli, '-x', 'set', 'key'], { input: value })).trim(), 'OK')
  const had = await outputOf(t, [...cli, '--raw', 'get', 'key'])
  // A line's end is added.
  t.is(sha(had.subarray(0, -1)), sha(value))
  wasBad(t, p)
})

testUnless(missingTools(...POSTGRES, 'psql'))(
  'psql: a table that is copied in and out again is the same',
  async t => {
    await using p = await behind(await postgresServer(t))
    const psql = [
      'psql',
      '-X',
      '-q',
      '-v',
      'ON_ERROR_STOP=1',
      '-h',
      LOOPBACK,
      '-p',
      String(p.port),
      '-U',
      'postgres',
    ]
    const text = randomBytes(MEGABYTES << 19)
      .toString('hex')
      .replace(/.{1,199}/g, '$&\n')
    const file = join(directoryOf(t), 'rows')
    writeFileSync(file, text)
    const sent = `create table t (n serial, s text);\n\\copy t (s) from '${file}'\n`
    await outputOf(t, psql, { input: sent })
    const had = await outputOf(t, psql, { input: '\\copy (select s from t order by n) to stdout\n' })
    t.is(sha(had), sha(readFileSync(file)))
    wasBad(t, p)
  },
)

testUnless(missingTools('ssh'))('ssh: a session, a command and its exit code', async t => {
  // (ssh2's own generator makes a key now and then that it cannot read.)
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const hostKeys = [privateKey.export({ type: 'sec1', format: 'pem' })]
  const server = new ssh2.Server({ hostKeys }, client => {
    client.on('error', () => {})
    client.on('authentication', context => context.accept())
    client.on('session', accept => {
      const session = accept()
      session.on('exec', (acceptExec, _, { command }) => {
        const stream = acceptExec()
        stream.on('data', (chunk: Buffer) => stream.write(chunk))
        stream.on('end', () => {
          stream.stderr.write(command)
          stream.exit(3)
          stream.end()
        })
      })
    })
  }).listen(0, LOOPBACK)
  await once(server, 'listening')
  t.teardown(() => server.close())
  await using p = await behind((server.address() as net.AddressInfo).port)
  const options = ['-F', 'none', '-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null']
  const input = randomBytes(200_000)
  const child = spawn('ssh', [
    ...options,
    '-o',
    'BatchMode=yes',
    '-p',
    String(p.port),
    `me@${LOOPBACK}`,
    'a command',
  ])
  t.teardown(() => child.kill('SIGKILL'))
  const out: Buffer[] = []
  let problems = ''
  child.stdout.on('data', chunk => out.push(chunk))
  child.stderr.on('data', chunk => {
    problems += chunk
  })
  child.stdin.end(input)
  const [code] = await once(child, 'close')
  t.is(code, 3, problems)
  t.regex(problems, /a command$/)
  t.is(sha(Buffer.concat(out)), sha(input))
})

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
    const server = http.createServer((request, response) => {
      if (request.method === 'POST') request.pipe(response)
      else response.end(request.url)
    })
    server.listen(0, LOOPBACK)
    await once(server, 'listening')
    t.teardown(() => server.close())
    const { port } = server.address() as net.AddressInfo
    const socks = new SocksProxy({
      clock: nodeClock,
      seed: 7,
      listen: { host: LOOPBACK, port: 0 },
      login: null,
      tcp: FAST,
    })
    await socks.start()
    t.teardown(() => socks.close())
    socks.passage.faults.change(BAD)
    await using p = await behind(port)
    const input = randomBytes(300_000)
    const at = String((socks.listen as { port: number }).port)
    const output = await outputOf(t, ['python3', '-c', PYTHON, at, String(port), String(p.port)], {
      input,
      env: { no_proxy: '*' },
    })
    t.is(sha(output), sha(input))
  },
)
