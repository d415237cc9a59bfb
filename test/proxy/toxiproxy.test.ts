import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { type Proxy as Client, Toxiproxy } from 'toxiproxy-node-client'
import { nodeClock } from '../../src/net/node-clock.ts'
import { serveApi } from '../../src/proxy/api/server.ts'
import { ToxiproxyApi } from '../../src/proxy/api/toxiproxy.ts'
import { Proxies } from '../../src/proxy/proxies.ts'
import { until } from '../support/namespace-case.ts'
import { allEnded, echo, endOf, LOOPBACK, next, readAll, serverOf } from './support.ts'

/** So long that nobody waits for it: what it holds back comes when the toxic changes or goes. ms */
const AN_HOUR = 3_600_000

/** Toxiproxy's interface at a port of its own, and its client for Node. */
const api = async (t: ExecutionContext) => {
  const proxies = new Proxies({ clock: nodeClock, seed: 7, tcp: { initialRto: 50, minRto: 20 } })
  const server = await serveApi(0, new ToxiproxyApi(proxies))
  t.teardown(async () => {
    server.close()
    server.closeAllConnections()
    await proxies.close()
  })
  const url = `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`
  return { url, client: new Toxiproxy(url), proxies }
}

const target = (address: net.AddressInfo): string => `${LOOPBACK}:${address.port}`

const made = async (t: ExecutionContext, server: net.AddressInfo) => {
  const all = await api(t)
  const proxy = await all.client.createProxy({ name: 'p', listen: 'localhost:0', upstream: target(server) })
  return { ...all, proxy }
}

const connect = (t: ExecutionContext, { listen }: Client): net.Socket => {
  const socket = net.connect(Number(listen.slice(listen.lastIndexOf(':') + 1)), LOOPBACK)
  socket.on('error', () => {})
  t.teardown(() => socket.destroy())
  return socket
}

/** The answer to a request: status and body. */
const ask = async (url: string, method = 'GET', body?: unknown, headers = {}) => {
  const response = await fetch(url, {
    method,
    headers,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, text, json: () => JSON.parse(text) }
}

test('the documented calls of the client: proxies', async t => {
  const server = await echo(t)
  const { client, url } = await api(t)
  t.deepEqual(JSON.parse(await client.getVersion()), { version: '2.12.0' })
  const proxy = await client.createProxy({ name: 'redis', listen: 'localhost:0', upstream: target(server) })
  t.regex(proxy.listen, /^127\.0\.0\.1:[1-9]\d*$/)
  t.true(proxy.enabled)
  t.is((await client.get('redis')).upstream, target(server))
  t.deepEqual(Object.keys(await client.getAll()), ['redis'])
  const socket = connect(t, proxy)
  socket.write('hello')
  t.is(await next(socket), 'hello')
  const down = await proxy.update({ enabled: false, listen: proxy.listen, upstream: proxy.upstream })
  t.false(down.enabled)
  t.is(await endOf(socket), null, 'those that are connected see an end')
  t.is(await endOf(connect(t, proxy)), 'ECONNREFUSED', 'and the others a refusal')
  await client.reset()
  t.true((await client.get('redis')).enabled)
  const again = connect(t, proxy)
  again.write('x')
  t.is(await next(again), 'x')
  const populated = await client.populate([
    { name: 'redis', listen: proxy.listen, upstream: proxy.upstream },
    { name: 'other', listen: 'localhost:0', upstream: target(server) },
  ])
  t.deepEqual(Object.keys(populated), ['redis', 'other'])
  again.write('y')
  t.is(await next(again), 'y', 'a proxy that stays as it is keeps its connections')
  const taken = { name: 'redis', listen: target(server), upstream: 'elsewhere:1' }
  t.is((await ask(`${url}/populate`, 'POST', [taken])).status, 500)
  t.like((await ask(`${url}/proxies/redis`)).json(), {
    listen: proxy.listen,
    upstream: proxy.upstream,
    enabled: true,
  })
  t.is(
    (await ask(`${url}/populate`, 'POST', [{ ...taken, listen: 'localhost:1', upstream: 'localhost:1' }]))
      .status,
    500,
  )
  await proxy.remove()
  await t.throwsAsync(client.get('redis'), { message: /404/ })
  t.is((await ask(`${url}/proxies/other`, 'PATCH', { enabled: false })).json().enabled, false)
})

test('the documented calls of the client: toxics', async t => {
  const { proxy, url } = await made(t, await echo(t))
  const toxic = await proxy.addToxic({ type: 'latency', attributes: { latency: 1, jitter: 0 } } as never)
  t.deepEqual(toxic.toJson() as unknown, {
    name: 'latency_downstream',
    type: 'latency',
    stream: 'downstream',
    toxicity: 1,
    attributes: { latency: 1, jitter: 0 },
  })
  t.deepEqual((await proxy.getToxic('latency_downstream')).toJson(), toxic.toJson())
  const updated = await toxic.update({ attributes: { latency: 2, jitter: 0 } } as never)
  t.like(updated.attributes, { latency: 2 })
  const listed = (await ask(`${url}/proxies/p/toxics`)).json()
  t.is(listed.length, 1)
  t.is((await ask(`${url}/proxies/p`)).json().toxics[0].attributes.latency, 2)
  await toxic.remove()
  t.deepEqual((await ask(`${url}/proxies/p/toxics`)).json(), [])
})

test('what is wrong is refused with the status and the text of Toxiproxy', async t => {
  const server = await echo(t)
  const { url } = await made(t, server)
  const latency = { type: 'latency', attributes: { latency: 1 } }
  await ask(`${url}/proxies/p/toxics`, 'POST', latency)
  for (const [method, path, body, status, error] of [
    ['GET', '/proxies/none', undefined, 404, 'proxy not found'],
    ['GET', '/proxies/p/toxics/none', undefined, 404, 'toxic not found'],
    ['DELETE', '/proxies/p/toxics/none', undefined, 404, 'toxic not found'],
    ['POST', '/proxies', { name: 'p', listen: 'localhost:0', upstream: 'a:1' }, 409, 'proxy already exists'],
    ['POST', '/proxies', { listen: 'localhost:0', upstream: 'a:1' }, 400, 'missing required field: name'],
    ['POST', '/proxies', { name: 'q' }, 400, 'missing required field: upstream'],
    ['POST', '/proxies', '{', 400, /^bad request body: /],
    ['POST', '/proxies', '', 400, 'bad request body: EOF'],
    ['POST', '/proxies', '[[[[', 400, /^bad request body: /],
    [
      'POST',
      '/proxies',
      { name: 'q', listen: target(server), upstream: 'a:1' },
      500,
      /address already in use$/,
    ],
    ['POST', '/proxies', { name: 'q', listen: '/tmp/x', upstream: 'a:1' }, 400, /^UNIX sockets/],
    ['POST', '/populate', [{ name: 'q' }], 400, 'missing required field: upstream at proxy 1'],
    ['POST', '/proxies/p/toxics', latency, 409, 'toxic already exists'],
    ['POST', '/proxies/p/toxics', { type: 'none' }, 400, 'invalid toxic type'],
    ['POST', '/proxies/p/toxics', { ...latency, stream: 'x' }, 400, /^stream was invalid/],
    [
      'POST',
      '/proxies/p/toxics',
      { ...latency, name: 'x', attributes: { latency: 'x' } },
      400,
      /type int64$/,
    ],
    ['POST', '/proxies/p/toxics', { type: 'loss', attributes: { los: 1 } }, 400, /did you mean 'loss'/],
    ['POST', '/proxies/p/toxics', { type: 'loss', attributes: { loss: 2 } }, 400, /from 0 to 1/],
    [
      'POST',
      '/proxies/p/toxics',
      { type: 'rate', attributes: { rate: 1e6, queueDiscipline: 'red' } },
      400,
      /must be one of droptail, codel, dualpi2/,
    ],
    ['PATCH', '/proxies/p/toxics/latency_downstream', { toxicity: 'x' }, 400, /^bad request body: /],
  ] as const) {
    const answer = await ask(url + path, method, body)
    const about = `${method} ${path} ${JSON.stringify(body)}: ${answer.text}`
    t.is(answer.status, status, about)
    t.is(answer.json().status, status, about)
    if (typeof error === 'string') t.is(answer.json().error, error)
    else t.regex(answer.json().error, error)
  }
  t.is((await ask(`${url}/nothing`)).status, 404)
  t.is((await ask(`${url}/proxies/p`, 'PUT')).status, 405)
  t.is((await ask(`${url}/proxies/%`)).status, 400)
  const long = await ask(`${url}/populate`, 'POST', `"${'x'.repeat(2 << 20)}"`)
  t.is(long.status, 413)
  t.is(long.json().error, 'the body is too long')
})

test('fields are read as Go reads them: in any case, null for one that is not there, and what nobody knows is not minded', async t => {
  const { url } = await api(t)
  const made = await ask(`${url}/proxies`, 'POST', {
    Name: 'p',
    LISTEN: 'localhost:0',
    Upstream: 'a:1',
    enabled: null,
    what: 1,
  })
  t.is(made.status, 201)
  t.like(made.json(), { name: 'p', upstream: 'a:1', enabled: true })
  const add = (toxic: object) => ask(`${url}/proxies/p/toxics`, 'POST', toxic)
  t.like(
    (await add({ type: 'latency', Stream: 'UPSTREAM', attributes: { Latency: 7, jitter: null } })).json(),
    {
      name: 'latency_UPSTREAM',
      stream: 'upstream',
      attributes: { latency: 7, jitter: 0 },
    },
  )
  t.is(
    (await add({ type: 'latency', stream: '' })).json().error,
    'stream was invalid, can be either upstream or downstream',
  )
  t.deepEqual((await add({ type: 'noop' })).json().attributes, {})
  const text = 'bad request body: json: cannot unmarshal'
  for (const [body, error] of [
    [{ name: 1 }, `${text} number into Go struct field Proxy.name of type string`],
    [
      { name: 'q', upstream: 'a:1', enabled: 'no' },
      `${text} string into Go struct field Proxy.enabled of type bool`,
    ],
    [[], `${text} array into Go value of type toxiproxy.Proxy`],
    ['"q"', `${text} string into Go value of type toxiproxy.Proxy`],
    ['null', 'missing required field: name'],
  ] as const) {
    const answer = await ask(`${url}/proxies`, 'POST', body)
    t.is(answer.status, 400)
    t.is(answer.json().error, error)
  }
  const nowhere = await ask(`${url}/proxies`, 'POST', {
    name: 'q',
    listen: 'localhost:0',
    upstream: 'nowhere',
  })
  t.is(nowhere.status, 400)
  t.regex(nowhere.json().error, /must be HOST:PORT/)
})

test('pages of the web are refused', async t => {
  const { url } = await api(t)
  t.is((await ask(`${url}/proxies`, 'GET', undefined, { 'user-agent': 'Mozilla/5.0' })).status, 403)
  t.is((await ask(`${url}/proxies`, 'GET', undefined, { origin: 'http://evil.example' })).status, 403)
  const { port } = new URL(url)
  const request = http.get({ port, host: LOOPBACK, path: '/proxies', headers: { host: 'evil.example' } })
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  response.resume()
  t.is(response.statusCode, 403)
})

test('latency: what waits has a new latency when the toxic changes, and none when it is gone', async t => {
  const { proxy, proxies } = await made(t, await echo(t))
  const socket = connect(t, proxy)
  socket.write('x')
  await next(socket)
  const [session] = proxies.get('p').passage.sessions
  const toxic = await proxy.addToxic({
    type: 'latency',
    attributes: { latency: AN_HOUR, jitter: 0 },
  } as never)
  const held = async (text: string) => {
    const answer = next(socket)
    const before = session!.bytes.downstream
    socket.write(text)
    await until(() => session!.bytes.downstream > before)
    return { answer }
  }
  const first = await held('first')
  t.is(socket.bytesRead, 1)
  await toxic.update({ attributes: { latency: 1, jitter: 0 } } as never)
  t.is(await first.answer, 'first')
  await toxic.update({ attributes: { latency: AN_HOUR, jitter: 0 } } as never)
  const second = await held('second')
  await toxic.update({ attributes: { latency: 2 * AN_HOUR, jitter: 0 } } as never)
  t.is(socket.bytesRead, 6)
  await toxic.remove()
  t.is(await second.answer, 'second')
})

test('bandwidth: every byte arrives', async t => {
  const { proxy } = await made(t, await serverOf(t, socket => socket.end(Buffer.alloc(30_000))))
  await proxy.addToxic({ type: 'bandwidth', attributes: { rate: 100 } } as never)
  t.is((await readAll(connect(t, proxy))).length, 30_000)
})

test('bandwidth 0 lets nothing through, until it is gone', async t => {
  const { proxy, proxies } = await made(t, await echo(t))
  const toxic = await proxy.addToxic({ type: 'bandwidth', attributes: { rate: 0 } } as never)
  const socket = connect(t, proxy)
  const answer = next(socket)
  socket.write('hello')
  const { sessions } = proxies.get('p').passage
  await until(() => [...sessions][0]?.bytes.downstream === 5)
  t.is(socket.bytesRead, 0)
  await toxic.remove()
  t.is(await answer, 'hello')
})

test('slow_close: the end waits', async t => {
  const { proxy, proxies } = await made(t, await serverOf(t, socket => socket.end('bye')))
  const toxic = await proxy.addToxic({ type: 'slow_close', attributes: { delay: AN_HOUR } } as never)
  const socket = connect(t, proxy)
  t.is(await next(socket), 'bye')
  const [session] = proxies.get('p').passage.sessions
  await until(() => session!.near.readableEnded)
  t.false(session!.client.writableEnded)
  const end = endOf(socket)
  await toxic.remove()
  t.is(await end, null)
})

test('timeout: nothing gets through, and the connection ends after its time', async t => {
  const { proxy } = await made(t, await echo(t))
  await proxy.addToxic({ type: 'timeout', attributes: { timeout: 100 } } as never)
  const socket = connect(t, proxy)
  socket.write('lost')
  t.is(await endOf(socket), null)
  t.is(socket.bytesRead, 0)
})

test('timeout 0: nothing gets through until the toxic is removed, which ends the connection', async t => {
  const { proxy } = await made(t, await echo(t))
  const toxic = await proxy.addToxic({ type: 'timeout', attributes: { timeout: 0 } } as never)
  const socket = connect(t, proxy)
  socket.write('lost')
  await once(socket, 'connect')
  const end = endOf(socket)
  await toxic.remove()
  t.is(await end, null)
  t.is(socket.bytesRead, 0)
})

test('reset_peer: what is sent is answered by a reset', async t => {
  const { proxy } = await made(t, await echo(t))
  await proxy.addToxic({ type: 'reset_peer', stream: 'upstream', attributes: { timeout: 0 } } as never)
  const socket = connect(t, proxy)
  socket.write('x')
  t.is(await endOf(socket), 'ECONNRESET')
})

test('slicer: what comes in slices is whole at the end', async t => {
  const bytes = Buffer.alloc(1000, 'a pattern of bytes ')
  const { proxy } = await made(t, await serverOf(t, socket => socket.end(bytes)))
  await proxy.addToxic({
    type: 'slicer',
    attributes: { average_size: 100, size_variation: 20, delay: 2000 },
  } as never)
  t.true((await readAll(connect(t, proxy))).equals(bytes))
})

test('limit_data: so many bytes, and then the end', async t => {
  const { proxy } = await made(t, await serverOf(t, socket => socket.write(Buffer.alloc(5000))))
  await proxy.addToxic({ type: 'limit_data', attributes: { bytes: 1234 } } as never)
  t.is((await readAll(connect(t, proxy))).length, 1234)
})

test('toxicity: some connections have it, and which follows from the seed', async t => {
  const { proxy, proxies } = await made(t, await echo(t))
  await proxy.addToxic({ type: 'limit_data', toxicity: 0.5, attributes: { bytes: 0 } } as never)
  const sockets = Array.from({ length: 40 }, () => connect(t, proxy))
  await Promise.all(sockets.map(socket => once(socket, 'connect')))
  const { sessions } = proxies.get('p').passage
  await until(() => sessions.size === 40)
  const has = [...sessions].filter(session => session.toxics.size > 0).length
  t.true(has > 5 && has < 35, `${has} of 40`)
})

for (const [type, attributes, befell] of [
  ['loss', { loss: '20%' }, 'random'],
  ['burst', { start: '10%', length: 2 }, 'burst'],
  ['reorder', { reorder: '30%', reorderDelay: '1ms' }, 'reordered'],
  ['duplicate', { duplicate: '30%' }, 'duplicated'],
  ['corrupt', { corrupt: '20%' }, 'corrupted'],
  ['rate', { rate: '2mbit', queue: '3kB' }, 'queue'],
  ['mtu', { mtu: 576 }, 'mtu'],
] as const)
  test(`${type}: packets have it, and every byte arrives`, async t => {
    const bytes = Buffer.alloc(100_000, 'a pattern of bytes ')
    const { proxy, proxies } = await made(t, await serverOf(t, socket => socket.end(bytes)))
    await proxy.addToxic({ type, attributes } as never)
    t.true((await readAll(connect(t, proxy))).equals(bytes))
    const { lost, ...counters } = proxies.get('p').passage.show().counters.downstream!
    t.true({ ...counters, ...lost }[befell] > 0, JSON.stringify({ ...counters, lost }))
  })

test('rate: its queue is managed as it says', async t => {
  const { proxy, proxies } = await made(t, await echo(t))
  const socket = connect(t, proxy)
  socket.write('x')
  await next(socket)
  await proxy.addToxic({ type: 'rate', attributes: { rate: '2mbit', queueDiscipline: 'codel' } } as never)
  const [session] = proxies.get('p').passage.sessions
  t.like(session!.lane.downstream.options, { rate: 2e6, queueDiscipline: 'codel' })
})

for (const type of ['blackhole', 'partition'])
  test(`${type}: nothing arrives until it is gone`, async t => {
    const { proxy, proxies } = await made(t, await echo(t))
    const socket = connect(t, proxy)
    socket.write('x')
    await next(socket)
    const toxic = await proxy.addToxic({ type, stream: 'upstream', attributes: {} } as never)
    socket.write('y')
    const lost = (): number => proxies.get('p').passage.show().counters.upstream!.lost.blackhole
    await until(() => lost() > 0)
    const answer = next(socket)
    await toxic.remove()
    t.is(await answer, 'y')
  })

test('a toxic of packets that some connections have is theirs alone', async t => {
  const { proxy, proxies } = await made(t, await echo(t))
  const { passage } = proxies.get('p')
  const { sessions } = passage
  const duplicated = () => passage.show().counters.downstream!.duplicated
  await proxy.addToxic({ type: 'duplicate', toxicity: 0.5, attributes: { duplicate: 1 } } as never)
  const fates = new Set<boolean>()
  for (let n = 0; n < 20; n++) {
    const before = duplicated()
    const socket = connect(t, proxy)
    await until(() => sessions.size === 1)
    const has = [...sessions][0]!.toxics.size > 0
    socket.end('hello')
    t.is(String(await readAll(socket)), 'hello')
    await allEnded(proxies.get('p'))
    t.is(duplicated() > before, has)
    fates.add(has)
  }
  t.is(fates.size, 2)
})
