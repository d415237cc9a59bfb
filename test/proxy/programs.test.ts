/** Programs of others through the proxy, on a path that loses, reorders, doubles and corrupts packets: every byte is what it was. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import type net from 'node:net'
import { join } from 'node:path'
import ssh2 from 'ssh2'
import { missingTools, testUnless } from '../support/needs.ts'
import { POSTGRES } from '../support/real-servers.ts'
import { sweep } from '../support/sweep.ts'
import { behind, sha, wasBad } from './bad-path.ts'
import { outcomeOf, outputOf } from './output-of.ts'
import { directoryOf, postgresServer, redisServer } from './servers.ts'
import { LOOPBACK } from './support.ts'

/** Bytes that go one way through the proxy: up to redis, down from postgres. */
const MUCH = sweep(50, 1) << 20
/** Bytes that go the other way. */
const SOME = 1 << 20
/** Long enough for any machine, ms. */
const PATIENCE = 1_200_000
const MEGABYTES = `${MUCH >> 20} MB`

testUnless(missingTools('redis-server', 'redis-cli'))(
  `redis-cli: ${MEGABYTES} are stored as they were sent`,
  async t => {
    t.timeout(PATIENCE)
    const server = await redisServer(t)
    const { proxy, port } = await behind(t, server)
    const cli = (at: number, ...args: string[]) => ['redis-cli', '-h', LOOPBACK, '-p', String(at), ...args]
    const value = randomBytes(MUCH)
    t.is(String(await outputOf(t, cli(port, '-x', 'set', 'key'), { input: value })).trim(), 'OK')
    wasBad(t, proxy)
    // A line's end is added.
    const had = async (at: number, ...args: string[]) =>
      sha((await outputOf(t, cli(at, '--raw', ...args))).subarray(0, -1))
    t.is(await had(server, 'get', 'key'), sha(value))
    t.is(await had(port, 'getrange', 'key', '0', String(SOME - 1)), sha(value.subarray(0, SOME)))
  },
)

testUnless(missingTools(...POSTGRES, 'psql'))(
  `psql: ${MEGABYTES} of a table are had as they were stored`,
  async t => {
    t.timeout(PATIENCE)
    const server = await postgresServer(t)
    const { proxy, port } = await behind(t, server)
    const psql = (at: number) => [
      'psql',
      '-X',
      '-q',
      '-v',
      'ON_ERROR_STOP=1',
      '-h',
      LOOPBACK,
      '-p',
      String(at),
      '-U',
      'postgres',
    ]
    const rows = randomBytes(MUCH / 2)
      .toString('hex')
      .match(/.{1,200}/g)!
      .map(row => `${row}\n`)
    const directory = directoryOf(t)
    const store = async (at: number, name: string, part: readonly string[]) => {
      const file = join(directory, name)
      writeFileSync(file, part.join(''))
      await outputOf(t, psql(at), { input: `\\copy t (s) from '${file}'\n` })
    }
    const half = SOME / 400
    await outputOf(t, psql(port), { input: 'create table t (n serial, s text);\n' })
    await store(port, 'some', rows.slice(0, half))
    await store(server, 'rest', rows.slice(half))
    const had = await outputOf(t, psql(port), { input: '\\copy (select s from t order by n) to stdout\n' })
    t.is(sha(had), sha(Buffer.from(rows.join(''))))
    wasBad(t, proxy)
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
  const { proxy, port } = await behind(t, (server.address() as net.AddressInfo).port)
  const options = ['-F', 'none', '-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null']
  const input = randomBytes(200_000)
  const command = ['-o', 'BatchMode=yes', '-p', String(port), `me@${LOOPBACK}`, 'a command']
  const { code, output, problems } = await outcomeOf(t, ['ssh', ...options, ...command], { input })
  t.is(code, 3, problems)
  t.regex(problems, /a command$/)
  t.is(sha(output), sha(input))
  wasBad(t, proxy)
})
