/** A stack shown live, without a browser: who is refused, what is told and told again, which orders are obeyed. */
import { existsSync, statSync } from 'node:fs'
import type http from 'node:http'
import test, { type ExecutionContext } from 'ava'
import { createPipe } from '../../src/link/pipe.ts'
import { createStack } from '../../src/net/create-stack.ts'
import { nodeClock } from '../../src/net/node-clock.ts'
import type { Stack } from '../../src/net/stack.ts'
import { Program, ROOT, withDirectory } from '../cli/program.ts'
import { MAIN } from '../support/installed.ts'
import { noNamespace } from '../support/namespace.ts'
import { testUnless } from '../support/needs.ts'
import { ask, eventsOf, hear, states } from './live-page.ts'

interface Shown {
  readonly client: Stack
  readonly server: Stack
  readonly url: URL
  readonly token: string
}

const shown = async (t: ExecutionContext, history?: number): Promise<Shown> => {
  const [a, b] = createPipe(nodeClock)
  const client = createStack({ link: a, address: '192.0.2.1/24' })
  const server = createStack({ link: b, address: '192.0.2.2/24' })
  server.createServer(socket => socket.on('error', () => {}).pipe(socket)).listen(7)
  const view = await server.view(history === undefined ? {} : { history })
  t.teardown(async () => {
    view.close()
    await Promise.all([client.close({ grace: 0 }), server.close({ grace: 0 })])
  })
  const url = new URL(view.url)
  return { client, server, url, token: url.searchParams.get('token')! }
}

const talk = (stack: Stack): Promise<void> =>
  new Promise(resolve => {
    const socket = stack.connect(7, '192.0.2.2', () => socket.write('x'))
    socket.on('data', () => socket.end())
    socket.on('close', () => resolve())
  })

test('nobody is answered without the token, by another name, from another page, or within a frame', async t => {
  const { url, token } = await shown(t)
  const status = async (path: string, headers: http.OutgoingHttpHeaders = {}, method = 'GET') =>
    (await ask(url, path, { headers, method })).status
  t.is(await status('/'), 401)
  t.is(await status('/?token=wrong'), 401)
  t.is(await status('/events'), 401)
  t.is(await status('/capture'), 401)
  t.is(await status('/orders', {}, 'POST'), 401)
  t.is(await status('/orders', { authorization: 'Bearer wrong' }, 'POST'), 401)
  const right = `/?token=${token}`
  t.is(await status(right), 200)
  t.is(await status(right, { host: 'rebound.example' }), 403)
  t.is(await status(right, { host: `127.0.0.1.example:${url.port}` }), 403)
  t.is(await status(right, { host: `localhost:${url.port}` }), 200)
  t.is(await status(right, { origin: 'http://evil.example' }), 403)
  t.is(await status(right, { origin: 'null' }), 403)
  t.is(await status(right, { origin: `http://127.0.0.1:${url.port}`, host: `127.0.0.1:${url.port}` }), 200)
  t.is(await status(right, { 'sec-fetch-dest': 'iframe', 'sec-fetch-site': 'cross-site' }), 403)
  t.is(
    await status(`/events?token=${token}`, { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'empty' }),
    403,
  )
  t.is(await status(`/nothing?token=${token}`), 404)
  t.is(await status('/orders', { authorization: `Bearer ${token}` }, 'GET'), 404)
  const { headers, text } = await ask(url, right)
  t.is(headers['x-frame-options'], 'DENY')
  t.regex(String(headers['content-security-policy']), /frame-ancestors 'none'/)
  t.is(headers['referrer-policy'], 'no-referrer')
  t.false(text.includes(token))
})

test('a page is told what was before it, then what happens; one that comes back gets what it has not', async t => {
  const about = await shown(t)
  await talk(about.client)
  const first = await hear(about, null, ({ event }) => event === 'connections')
  t.deepEqual(
    first.map(({ event }) => event).filter(event => event !== ''),
    ['about', 'settings', 'events', 'connections'],
  )
  t.deepEqual(states(eventsOf(first)), ['SYN_RECEIVED', 'ESTABLISHED', 'CLOSE_WAIT', 'LAST_ACK', 'CLOSED'])
  const present = JSON.parse(first.at(-1)!.data).connections as { state: string }[]
  t.deepEqual(
    present.map(({ state }) => state),
    ['LISTEN'],
  )
  const { id } = first.find(({ event }) => event === 'events')!
  const again = hear(about, id, (_, all) => states(eventsOf(all)).includes('CLOSED'))
  await talk(about.client)
  const later = await again
  t.deepEqual(states(eventsOf(later)), states(eventsOf(first)))
  // A message tells the number of the event after its last one.
  const next = later
    .filter(({ event }) => event === 'events')
    .at(-1)!
    .data.split(' ')[0]
  t.is(Number(next) - eventsOf(later).length, Number(id.split(' ')[1]))
  // A page that comes back by itself says where it was in the address.
  const back = await hear(
    about,
    null,
    ({ event }) => event === 'connections',
    `&after=${id.replace(' ', '+')}`,
  )
  t.deepEqual(states(eventsOf(back)), states(eventsOf(first)))
  // An id of another process is none.
  const anew = await hear(about, 'another 3', ({ event }) => event === 'connections')
  t.is(states(eventsOf(anew)).filter(state => state === 'CLOSED').length, 2)
})

test('what is no longer kept is left out, and the numbers tell how much', async t => {
  const about = await shown(t, 100)
  for (let i = 0; i < 20; i++) await talk(about.client)
  const messages = await hear(about, null, ({ event }) => event === 'connections')
  const { data } = messages.find(({ event }) => event === 'events')!
  t.true(Number(data.split(' ')[0]) > 200)
  t.is(eventsOf(messages).length, 100)
})

test('orders: options of new connections, a reset, a capture; what makes no sense is said', async t => {
  const about = await shown(t)
  const { url, token, client, server } = about
  const order = async (given: unknown) => {
    const options = { method: 'POST', headers: { authorization: `Bearer ${token}` } }
    const { status, text } = await ask(url, '/orders', options, JSON.stringify(given))
    return { status, ...JSON.parse(text) }
  }
  t.is((await order({ do: 'options', tcp: { msl: 123, noDelay: true } })).status, 200)
  t.is(server.host.options.msl, 123)
  t.like(await order({ do: 'options', tcp: { msl: -1 } }), { status: 400 })
  t.like(await order({ do: 'options', tcp: { sendBuffer: 1 } }), { status: 400 })
  t.is(server.host.options.msl, 123)
  t.regex((await order({ do: 'set', faults: { loss: 1 } })).error, /no faults can be set/)
  t.like(await order([]), { status: 400 })
  t.like(await order({ do: 'reset', localPort: 70_000 }), { status: 400 })

  const socket = client.connect(7, '192.0.2.2')
  const code = new Promise(resolve => socket.on('error', error => resolve((error as { code?: string }).code)))
  await new Promise(resolve => {
    socket.write('x')
    socket.once('data', resolve)
  })
  const [connection] = server.connections().filter(({ state }) => state === 'ESTABLISHED')
  t.truthy(connection)
  t.like(await order({ do: 'reset', localPort: 7, remotePort: socket.localPort }), { status: 200, reset: 1 })
  t.is(await code, 'ECONNRESET')

  t.is((await ask(url, `/capture?token=${token}`)).status, 404)
  const { capture } = await order({ do: 'capture', on: true })
  t.is(statSync(capture).mode & 0o777, 0o600)
  t.like(await order({ do: 'capture', on: true }), { status: 400 })
  await talk(client)
  t.like(await order({ do: 'capture', on: false }), { capture: null, captured: capture })
  const { status, text } = await ask(url, `/capture?token=${token}`)
  t.is(status, 200)
  t.true(text.includes('LAST_ACK'))
  t.true(existsSync(capture))
})

test('a reader that was there before stays, and a view that is closed leaves nothing behind', async t => {
  const [a, b] = createPipe(nodeClock)
  const told: string[] = []
  const client = createStack({ link: a, address: '192.0.2.1/24' })
  const trace = ({ type }: { readonly type: string }) => void told.push(type)
  const server = createStack({ link: b, address: '192.0.2.2/24', trace })
  t.teardown(() => Promise.all([client.close({ grace: 0 }), server.close({ grace: 0 })]))
  const view = await server.view()
  t.not(server.host.trace, trace)
  view.close()
  t.is(server.host.trace, trace)
  await t.throwsAsync(server.view({ histroy: 5 } as never), { message: /histroy/ })
})

testUnless(noNamespace())('a stack in a network namespace of its own is shown outside of it', async t => {
  t.timeout(120_000)
  await withDirectory(async () => {
    const serve = new Program(process.execPath, [
      `${ROOT}scripts/with-page.js`,
      `${ROOT}scripts/netns.sh`,
      process.execPath,
      MAIN,
      'serve',
      '--ui=fd:9',
      '--no-control',
    ])
    const [, address] = await serve.prints(/shows it live at (http:\S+)/)
    const url = new URL(address!)
    t.is((await ask(url, `${url.pathname}${url.search}`)).status, 200)
    t.is((await ask(url, '/')).status, 401)
    const about = await hear(
      { url, token: url.searchParams.get('token')! },
      null,
      ({ event }) => event === 'about',
    )
    t.is(JSON.parse(about.at(-1)!.data).address, '192.0.2.2/24')
    t.is((await serve.end('SIGTERM')).code, 0)
  })
})
