/** Servers at the paths of UNIX sockets: whose the file is when one ends. */
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { openControl } from '../../src/cli/control-socket.ts'
import { listenAtPath } from '../../src/net/listen-at-path.ts'
import { nodeClock } from '../../src/net/node-clock.ts'
import { TcpProxy } from '../../src/proxy/proxy.ts'

const directoryOf = (t: ExecutionContext): string => {
  const directory = mkdtempSync(join(tmpdir(), 'tuntcp-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** Somebody else's server, who clears the path away first, as many do. It says who it is. */
const takeOver = async (t: ExecutionContext, path: string): Promise<void> => {
  rmSync(path)
  const server = net.createServer(socket => socket.end('another')).listen(path)
  t.teardown(() => server.close())
  await once(server, 'listening')
}

const whoAnswers = async (path: string): Promise<string> => {
  const socket = net.connect(path)
  let text = ''
  for await (const chunk of socket) text += chunk
  return text
}

/** What listens at a path, and what ends it. */
const SERVERS: Record<string, (path: string) => Promise<() => unknown>> = {
  server: path => {
    const server = net.createServer()
    return listenAtPath(server, path, () => once(server.listen(path), 'listening'))
  },
  proxy: async path => {
    const proxy = new TcpProxy({
      name: 'proxy',
      listen: { path },
      target: { path: `${path}.target` },
      clock: nodeClock,
      seed: 1,
      peers: () => [],
    })
    await proxy.start()
    return () => proxy.close()
  },
  'control socket': async path => {
    const control = await openControl(path, { host: { interfaces: [] } } as never)
    return () => control.close()
  },
}

for (const [what, begin] of Object.entries(SERVERS)) {
  test(`the ${what} that ends removes its socket, and nothing else`, async t => {
    const directory = directoryOf(t)
    const path = join(directory, 's')
    const end = await begin(path)
    t.true(existsSync(path))
    await end()
    t.deepEqual(readdirSync(directory), [])
  })

  test(`the ${what} that ends leaves the socket of whoever has taken its path meanwhile`, async t => {
    const directory = directoryOf(t)
    const path = join(directory, 's')
    const end = await begin(path)
    await takeOver(t, path)
    await end()
    t.is(await whoAnswers(path), 'another')
    t.deepEqual(readdirSync(directory), ['s'])
  })
}

test('a socket that has taken the place of a dead one, just now, is not cleared away', async t => {
  const directory = directoryOf(t)
  const path = join(directory, 's')
  // A dead process leaves a socket that nobody closes.
  const dead = net.createServer().listen(path)
  renameSync(path, join(directory, 'dead'))
  dead.close()
  renameSync(join(directory, 'dead'), path)
  const [server, another] = [net.createServer(), net.createServer(socket => socket.end('another'))]
  t.teardown(() => another.close())
  const listen = async (): Promise<void> => {
    // Once the path is known to be taken, and has been connected to, but before the answer.
    void (async () => {
      for (let n = 0; n < 20; n++) await null
      if (another.listening) return
      rmSync(path)
      another.listen(path)
    })()
    throw Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE' })
  }
  await t.throwsAsync(listenAtPath(server, path, listen), { code: 'EADDRINUSE' })
  t.is(await whoAnswers(path), 'another')
})
