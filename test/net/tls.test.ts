/** TLS over sockets of ours, which it takes for any stream. */
import { once } from 'node:events'
import tls from 'node:tls'
import test from 'ava'
import type { Clock } from '../../src/base/clock.ts'
import { nodeClock } from '../../src/net/node-clock.ts'
import { CERTIFICATE, KEY } from '../libraries/certificate.ts'
import { B, closeBoth, pair } from './support.ts'

test('a client that ends below TLS, without the farewell of TLS: its server’s socket closes without an error', async t => {
  const stacks = pair()
  const server = tls.createServer({ cert: CERTIFICATE, key: KEY })
  const listening = once(server, 'listening')
  stacks.b.serve(server, { port: 993, host: B })
  await listening
  const accepted = once(server, 'secureConnection') as Promise<[tls.TLSSocket]>
  const below = stacks.a.connect({ port: 993, host: B })
  const client = tls.connect({ socket: below, ca: CERTIFICATE, servername: 'server.example' })
  await once(client, 'secureConnect')
  // Its own goodbye comes too late: the socket below has ended.
  const failed = once(client, 'error')
  const [theirs] = await accepted
  const log: string[] = []
  for (const name of ['end', 'error', 'close'])
    theirs.on(name, (what: unknown) => log.push(what instanceof Error ? `${name}: ${what.message}` : name))
  theirs.resume()
  const closed = once(theirs, 'close')
  below.end()
  await closed
  t.deepEqual(log, ['end', 'close'])
  t.is((await failed)[0].code, 'ERR_STREAM_WRITE_AFTER_END')
  client.destroy()
  server.close()
  await once(server, 'close')
  await closeBoth(stacks)
})

test('writes of nothing just after the handshake are done, and so is what is written next', async t => {
  const stacks = pair()
  const server = tls.createServer({ cert: CERTIFICATE, key: KEY }, socket => {
    socket.write('', () => log.push('nothing'))
    socket.write('', () => log.push('nothing again'))
    socket.write(Buffer.alloc(100_000), () => log.push('something'))
    socket.end('x')
  })
  const log: string[] = []
  const listening = once(server, 'listening')
  stacks.b.serve(server, { port: 993, host: B })
  await listening
  const below = stacks.a.connect({ port: 993, host: B })
  const client = tls.connect({ socket: below, ca: CERTIFICATE, servername: 'server.example' })
  let received = 0
  client.on('data', (bytes: Buffer) => {
    received += bytes.length
  })
  await once(client, 'close')
  t.is(received, 100_001)
  t.deepEqual(log, ['nothing', 'nothing again', 'something'])
  server.close()
  await once(server, 'close')
  await closeBoth(stacks)
})

const { now, schedule, cancel, defer } = nodeClock
const BARE: Clock = { now, schedule, cancel, defer }
const CLOCKS: Record<string, Clock> = {
  'without turns': BARE,
  'whose turns are called again for true, and nothing else': {
    ...BARE,
    turn(callback) {
      const take = () => {
        if (callback() === true) setImmediate(take)
      }
      setImmediate(take)
    },
  },
}

for (const [kind, clock] of Object.entries(CLOCKS))
  test(`TLS reads what comes by a clock of the program's own ${kind}`, async t => {
    const stacks = pair({ clock })
    const server = tls.createServer({ cert: CERTIFICATE, key: KEY }, socket => socket.pipe(socket))
    const listening = once(server, 'listening')
    stacks.b.serve(server, { port: 993, host: B })
    await listening
    const socket = stacks.a.connect({ port: 993, host: B })
    const client = tls.connect({ socket, ca: CERTIFICATE, servername: 'server.example' })
    const text = 'x'.repeat(100_000)
    client.end(text)
    client.setEncoding('utf8')
    t.is((await client.toArray()).join(''), text)
    server.close()
    await once(server, 'close')
    await closeBoth(stacks)
  })
