import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { until } from '../support/namespace-case.ts'
import {
  allEnded,
  connectTo,
  deadPort,
  echo,
  endOf,
  LOOPBACK,
  next,
  placeAt,
  proxyOf,
  readAll,
  serverOf,
} from './support.ts'

const sha = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

test('bytes pass both ways, and a closed connection leaves nothing', async t => {
  const proxy = await proxyOf(t, placeAt(await echo(t)))
  const client = connectTo(t, proxy)
  client.write('hello')
  t.is(await next(client), 'hello')
  client.end()
  t.is(await endOf(client), null)
  await t.notThrowsAsync(allEnded(proxy))
})

test('packets that nothing befalls are counted as those that something may befall', async t => {
  const proxy = await proxyOf(t, placeAt(await echo(t)))
  const client = connectTo(t, proxy)
  client.write('hello')
  await next(client)
  const { upstream, downstream } = proxy.passage.show().counters
  for (const counted of [upstream!, downstream!]) {
    // The handshake and the text, one way or the other.
    t.true(counted.entered >= 2)
    t.is(counted.delivered, counted.entered)
    t.true(counted.bytes >= 5)
  }
})

test('each direction ends for itself', async t => {
  const seen: string[] = []
  const address = await serverOf(t, socket => {
    socket.on('data', data => seen.push(String(data)))
    socket.on('end', () => socket.write('after your end', () => socket.end(' and mine')))
  })
  const client = connectTo(t, await proxyOf(t, placeAt(address)))
  client.end('question')
  t.is(String(await readAll(client)), 'after your end and mine')
  t.deepEqual(seen, ['question'])
})

test('a server that ends first is heard, and the client may go on', async t => {
  const address = await serverOf(t, socket => {
    socket.end('bye')
    socket.on('data', data => received.push(data))
    socket.on('end', () => ended())
  })
  const received: Buffer[] = []
  let ended = () => {}
  const over = new Promise<void>(resolve => {
    ended = resolve
  })
  const client = connectTo(t, await proxyOf(t, placeAt(address)), true)
  t.is(String(await readAll(client)), 'bye')
  client.end('one more thing')
  await over
  t.is(String(Buffer.concat(received)), 'one more thing')
})

test('a server that ends at once is heard, however long the client takes to hear of it', async t => {
  const proxy = await proxyOf(t, placeAt(await serverOf(t, socket => socket.end())))
  proxy.passage.faults.change({ delay: '100ms' })
  t.is(await endOf(connectTo(t, proxy)), null)
})

test("a server's reset is the client's", async t => {
  const address = await serverOf(t, socket => socket.once('data', () => socket.resetAndDestroy()))
  const client = connectTo(t, await proxyOf(t, placeAt(address)))
  client.write('x')
  t.is(await endOf(client), 'ECONNRESET')
})

test("a client's reset is the server's", async t => {
  let reached = (_: net.Socket) => {}
  const server = new Promise<net.Socket>(resolve => {
    reached = resolve
  })
  const address = await serverOf(t, socket => reached(socket))
  const client = connectTo(t, await proxyOf(t, placeAt(address)))
  client.write('x')
  const socket = await server
  t.is(await next(socket), 'x')
  client.resetAndDestroy()
  t.is(await endOf(socket), 'ECONNRESET')
})

test('a target that refuses: the client is reset, and it is told', async t => {
  const told: string[] = []
  const port = await deadPort(t)
  const proxy = await proxyOf(
    t,
    { host: LOOPBACK, port },
    { unreachable: (name, error) => told.push(`${name}: ${(error as NodeJS.ErrnoException).code}`) },
  )
  t.is(await endOf(connectTo(t, proxy)), 'ECONNRESET')
  t.deepEqual(told, [`${LOOPBACK}:${port}: ECONNREFUSED`])
  await t.notThrowsAsync(allEnded(proxy))
})

test('a name that does not exist: the client is reset at once', async t => {
  const proxy = await proxyOf(t, { host: 'no-such-host.invalid', port: 80 })
  t.is(await endOf(connectTo(t, proxy)), 'ECONNRESET')
})

test('within a partition the target hears of nobody, and once it is healed of all', async t => {
  let connections = 0
  const address = await serverOf(t, socket => {
    connections++
    socket.end('there you are')
  })
  const proxy = await proxyOf(t, placeAt(address), { tcp: { initialRto: 100 } })
  proxy.passage.faults.change({ blackhole: true })
  const client = connectTo(t, proxy)
  await once(client, 'connect')
  // Until several SYNs are lost.
  await until(() => proxy.passage.show().counters.upstream!.lost.blackhole >= 3)
  t.is(connections, 0)
  proxy.passage.faults.clear()
  t.is(String(await readAll(client)), 'there you are')
  t.is(connections, 1)
})

test('whoever does not read is not sent more: the sender waits', async t => {
  let reached = (_: net.Socket) => {}
  const reading = new Promise<net.Socket>(resolve => {
    reached = resolve
  })
  const address = await serverOf(t, socket => reached(socket.pause()))
  const tcp = { maxSendBuffer: 262_144, maxReceiveBuffer: 262_144 }
  const proxy = await proxyOf(t, placeAt(address), { tcp })
  const client = connectTo(t, proxy)
  const all = 64 << 20
  client.end(Buffer.alloc(all))
  const server = await reading
  const [session] = proxy.passage.sessions
  // The bytes that kernels hold at both ends come on top of those that pass between, which holds little.
  await until(() => session!.bytes.upstream === all || session!.client.isPaused())
  t.true(session!.bytes.upstream < all, `${session!.bytes.upstream} bytes`)
  let got = 0
  server.on('data', data => {
    got += data.length
  })
  server.resume()
  await once(server, 'end')
  t.is(got, all)
})

test('every byte arrives, whatever befalls packets', async t => {
  const proxy = await proxyOf(t, placeAt(await echo(t)), { tcp: { minRto: 20, initialRto: 50 } })
  proxy.passage.faults.change({
    loss: '3%',
    reorder: '5%',
    duplicate: '3%',
    corrupt: '3%',
    reorderDelay: '2ms',
  })
  const bytes = randomBytes(2 << 20)
  const client = connectTo(t, proxy)
  client.end(bytes)
  t.is(sha(await readAll(client)), sha(bytes))
  const { upstream, downstream } = proxy.passage.show().counters
  for (const { lost, duplicated, corrupted, reordered } of [upstream!, downstream!])
    t.true(lost.random > 0 && duplicated > 0 && corrupted > 0 && reordered > 0)
})

test('faults change while a connection lives, of one direction or both', async t => {
  const proxy = await proxyOf(t, placeAt(await echo(t)))
  const client = connectTo(t, proxy)
  client.write('one')
  t.is(await next(client), 'one')
  proxy.passage.faults.change({ duplicate: 1 }, 'upstream')
  client.write('two')
  t.is(await next(client), 'two')
  const { upstream, downstream } = proxy.passage.show().counters
  t.true(upstream!.duplicated > 0)
  t.is(downstream!.duplicated, 0)
  proxy.passage.faults.clear()
  client.write('three')
  t.is(await next(client), 'three')
})

test('the next packets with these flags are lost, and sent again', async t => {
  const proxy = await proxyOf(t, placeAt(await echo(t)), { tcp: { initialRto: 50, minRto: 20 } })
  const drop = proxy.passage.faults.dropNext({ flags: ['SYN'] }, 'upstream')
  const client = connectTo(t, proxy)
  client.write('hello')
  t.is(await next(client), 'hello')
  t.is(drop.dropped, 1)
})

test('UNIX sockets at either end', async t => {
  const directory = mkdtempSync(join(tmpdir(), 'tuntcp-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  const target = join(directory, 'target.sock')
  const server = net.createServer({ allowHalfOpen: true }, socket => socket.pipe(socket)).listen(target)
  await once(server, 'listening')
  t.teardown(() => server.close())
  const listen = { path: join(directory, 'listen.sock') }
  const proxy = await proxyOf(t, { path: target }, { listen })
  const client = connectTo(t, proxy)
  client.end('hello')
  t.is(String(await readAll(client)), 'hello')
  const reset = connectTo(t, proxy)
  await once(reset, 'connect')
  reset.write('x')
  await next(reset)
  for (const session of [...proxy.passage.sessions]) session.reset()
  t.is(await endOf(reset), null, 'a UNIX socket knows no reset: it ends')
})

test('the path of a UNIX socket: what a dead process has left makes way; a live one and another file stay', async t => {
  const directory = mkdtempSync(join(tmpdir(), 'tuntcp-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  const target = placeAt(await echo(t))
  const path = join(directory, 'listen.sock')
  const listens = spawn(process.execPath, [
    '-e',
    `require('node:net').createServer().listen(process.argv[1], () => console.log('listening'))`,
    path,
  ])
  await once(listens.stdout, 'data')
  await t.throwsAsync(proxyOf(t, target, { listen: { path } }), {
    code: 'EADDRINUSE',
    message: `listen EADDRINUSE: ${path} is the socket of another process, which listens there`,
  })
  listens.kill('SIGKILL')
  await once(listens, 'exit')
  t.true(existsSync(path))
  const client = connectTo(t, await proxyOf(t, target, { listen: { path } }))
  client.write('hello')
  t.is(await next(client), 'hello')
  const file = join(directory, 'file')
  writeFileSync(file, 'precious')
  await t.throwsAsync(proxyOf(t, target, { listen: { path: file } }), {
    code: 'EADDRINUSE',
    message: `listen EADDRINUSE: ${file} is a file that is no socket, and is kept`,
  })
  t.is(readFileSync(file, 'utf8'), 'precious')
  const missing = join(directory, 'missing')
  await t.throwsAsync(proxyOf(t, target, { listen: { path: join(missing, 'listen.sock') } }), {
    code: 'ENOENT',
    message: `listen ENOENT: there is no directory ${missing}`,
  })
})

test('a proxy that stops ends its connections, and starts again at the same port', async t => {
  const proxy = await proxyOf(t, placeAt(await echo(t)))
  const client = connectTo(t, proxy)
  client.write('x')
  t.is(await next(client), 'x')
  const { listen } = proxy
  await proxy.stop()
  t.is(await endOf(client), null)
  t.is(await endOf(net.connect(listen as net.NetConnectOpts)), 'ECONNREFUSED')
  await proxy.start()
  t.deepEqual(proxy.listen, listen)
  const again = connectTo(t, proxy)
  again.write('y')
  t.is(await next(again), 'y')
})

test('a place that is taken is an error of the system', async t => {
  const taken = await echo(t)
  const target = placeAt(await echo(t))
  await t.throwsAsync(proxyOf(t, target, { listen: placeAt(taken) }), { code: 'EADDRINUSE' })
})

test('a target that vanishes in the middle of a transfer ends it by a reset', async t => {
  const address = await serverOf(t, socket => {
    socket.write('half of it')
    socket.once('data', () => socket.resetAndDestroy())
  })
  const client = connectTo(t, await proxyOf(t, placeAt(address)))
  t.is(await next(client), 'half of it')
  client.write('more')
  t.is(await endOf(client), 'ECONNRESET')
})

test('hundreds of connections at once, each with its own bytes', async t => {
  const proxy = await proxyOf(t, placeAt(await echo(t)))
  const answers = await Promise.all(
    Array.from({ length: 300 }, async (_, n) => {
      const client = connectTo(t, proxy)
      client.end(`client ${n}`)
      return String(await readAll(client)) === `client ${n}`
    }),
  )
  t.true(answers.every(Boolean))
})
