/** The calls of Toxiproxy's interface, and what they refuse. */
import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import test from 'ava'
import { until } from '../support/namespace-case.ts'
import { echo, endOf, LOOPBACK, next } from './support.ts'
import { AN_HOUR, api, ask, connect, made, target } from './toxiproxy-client.ts'

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

test('another upstream, and another place to listen, drop the connections that there are', async t => {
  const { client, url } = await made(t, await echo(t))
  const upstream = target(await echo(t))
  for (const change of [{ upstream }, { listen: '127.0.0.2:0' }]) {
    const { listen } = await client.get('p')
    const socket = net.connect(Number(listen.split(':')[1]), LOOPBACK)
    t.teardown(() => socket.destroy())
    socket.write('x')
    t.is(await next(socket), 'x')
    const { status, json } = await ask(`${url}/proxies/p`, 'PATCH', change)
    t.is(status, 200)
    t.is(await endOf(socket), null)
    t.is(json().upstream, upstream)
  }
  const { listen } = await client.get('p')
  t.regex(listen, /^127\.0\.0\.2:[1-9]\d*$/)
  const again = net.connect(Number(listen.split(':')[1]), '127.0.0.2')
  t.teardown(() => again.destroy())
  again.write('y')
  t.is(await next(again), 'y')
})

test('/reset enables all proxies and removes all toxics; connections live on', async t => {
  const { client, proxy, proxies, url } = await made(t, await echo(t))
  const socket = connect(t, proxy)
  socket.write('x')
  t.is(await next(socket), 'x')
  const [session] = proxies.get('p').passage.sessions
  await client.createProxy({ name: 'off', listen: 'localhost:0', upstream: 'a:1', enabled: false } as never)
  for (const stream of ['upstream', 'downstream'])
    for (const [type, attributes] of [
      ['latency', { latency: AN_HOUR }],
      ['loss', { loss: 1 }],
    ])
      t.is((await ask(`${url}/proxies/p/toxics`, 'POST', { type, stream, attributes })).status, 200)
  const before = (await ask(`${url}/proxies`)).json()
  t.is(before.p.toxics.length, 4)
  t.false(before.off.enabled)
  socket.write('held')
  const answer = next(socket)
  await until(() => session!.bytes.upstream === 5)
  t.is((await ask(`${url}/reset`, 'POST')).status, 204)
  t.is(await answer, 'held')
  const after = (await ask(`${url}/proxies`)).json()
  t.deepEqual(after.p.toxics, [])
  t.true(after.off.enabled)
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
