/** TLS over sockets of ours, which it takes for any stream. */
import { once } from 'node:events'
import tls from 'node:tls'
import test from 'ava'
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
