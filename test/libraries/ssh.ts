/** `ssh2`: a protocol of long life with windows of its own, whose client is given a socket, and whose server is too. */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { buffer } from 'node:stream/consumers'
import ssh2 from 'ssh2'
import { pattern, type Scenario } from './worlds.ts'

const BODY = pattern(150_000)

const withSsh: Scenario = async world => {
  // (ssh2's own generator makes a key now and then that it cannot read.)
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const hostKey = privateKey.export({ type: 'sec1', format: 'pem' })
  const server = new ssh2.Server({ hostKeys: [hostKey] }, client => {
    client.on('error', () => {})
    client.on('authentication', context => {
      if (context.method === 'password' && context.password === 'secret') context.accept()
      else context.reject(['password'])
    })
    client.on('session', accept => {
      accept().on('exec', (acceptExec, _reject, { command }) => {
        const channel = acceptExec()
        if (command === 'cat') channel.pipe(channel)
        else channel.stderr.write('no such command')
        channel.on('end', () => channel.exit(command === 'cat' ? 0 : 127)).resume()
        if (command !== 'cat') {
          channel.exit(127)
          channel.end()
        }
      })
    })
  })
  await world.accept(22, socket => server.injectSocket(socket))
  const client = new ssh2.Client()
  client.connect({ sock: world.connect(22), username: 'somebody', password: 'secret' })
  await once(client, 'ready')
  const run = (command: string) =>
    new Promise<ssh2.ClientChannel>((resolve, reject) =>
      client.exec(command, (error, channel) => (error ? reject(error) : resolve(channel))),
    )
  const cat = await run('cat')
  cat.end(BODY)
  assert.ok((await buffer(cat)).equals(BODY))
  const other = await run('other')
  assert.equal(String(await buffer(other.stderr)), 'no such command')
  const closed = once(client, 'close')
  client.end()
  await closed
}

export const scenarios: Record<string, Scenario> = { ssh2: withSsh }
