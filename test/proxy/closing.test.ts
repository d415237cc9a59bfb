/** Toxics that end a connection: what has passed them arrives, and so does what is on its way in the other direction. */
import type net from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { until } from '../support/namespace-case.ts'
import { connectTo, endOf, placeAt, proxyOf, readAll, serverOf } from './support.ts'

/** So long that nobody waits for it: what it holds back comes when the toxic goes. ms */
const AN_HOUR = 3_600_000

/** A client and a server behind a proxy, connected to each other. */
const connected = async (t: ExecutionContext) => {
  let reached = (_: net.Socket) => {}
  const accepted = new Promise<net.Socket>(resolve => {
    reached = resolve
  })
  const proxy = await proxyOf(t, placeAt(await serverOf(t, socket => reached(socket))))
  const client = connectTo(t, proxy)
  const server = await accepted
  const { toxics, sessions } = proxy.passage
  const [session] = sessions
  // The server has been connected before that.
  await until(() => !session!.near.connecting)
  return { client, server, toxics, session: session! }
}

test('limit_data before a toxic that takes its time: the bytes of the limit arrive', async t => {
  const { client, server, toxics } = await connected(t)
  toxics.add({ type: 'limit_data', attributes: { bytes: 1234 } })
  toxics.add({ type: 'latency', attributes: { latency: 1 } })
  server.write(Buffer.alloc(5000))
  t.is((await readAll(client)).length, 1234)
  t.is(await endOf(client), null)
})

for (const [type, attributes] of [
  ['limit_data', { bytes: 0 }],
  ['timeout', { timeout: 0 }],
] as const)
  test(`${type} closes the connection: what the client has sent before arrives`, async t => {
    const { client, server, toxics, session } = await connected(t)
    toxics.add({ type: 'latency', stream: 'upstream', attributes: { latency: AN_HOUR } })
    client.write('on its way')
    await until(() => session.bytes.upstream === 10)
    toxics.add({ type, attributes })
    server.write('x')
    await until(() => session.bytes.downstream === 1)
    if (type === 'timeout') toxics.remove('timeout_downstream')
    t.is(await endOf(client), null)
    const received = readAll(server)
    toxics.remove('latency_upstream')
    t.is(String(await received), 'on its way')
  })

test('a connection that closes in both directions at once ends', async t => {
  const { client, server, toxics } = await connected(t)
  const end = endOf(client)
  for (const stream of ['upstream', 'downstream'])
    toxics.add({ type: 'timeout', stream, attributes: { timeout: 1 } })
  t.is(await end, null)
  t.is((await readAll(server)).length, 0)
  // The server has not ended. It hears that nobody is there any more when it speaks.
  const ends = endOf(server)
  const more = setInterval(() => server.write('x'), 1)
  t.regex((await ends)!, /^(ECONNRESET|EPIPE)$/)
  clearInterval(more)
})

test('reset_peer that leaves before its time: no bytes are missing from a connection that lives on', async t => {
  const { client, server, toxics, session } = await connected(t)
  toxics.add({ type: 'reset_peer', attributes: { timeout: AN_HOUR } })
  server.write('lost')
  await until(() => session.bytes.downstream === 4)
  const end = endOf(client)
  toxics.remove('reset_peer_downstream')
  t.is(await end, 'ECONNRESET')
})

test('the reset of a connection that alone has a delay arrives', async t => {
  const { client, server, toxics, session } = await connected(t)
  // Its luck is such that the connection has it.
  toxics.add({ type: 'delay', stream: 'upstream', toxicity: 0.999, attributes: { delay: 50 } })
  t.is(session.toxics.size, 1)
  const end = endOf(server)
  client.write('before')
  await until(() => session.bytes.upstream === 6)
  client.resetAndDestroy()
  t.is(await end, 'ECONNRESET')
})

/** A client behind a proxy, and what becomes of the connection at the target: what arrives there before its end. */
const opening = async (t: ExecutionContext) => {
  let reached = (_: net.Socket) => {}
  const received = new Promise<string>((resolve, reject) => {
    reached = server => void readAll(server).then(bytes => resolve(String(bytes)), reject)
  })
  const proxy = await proxyOf(t, placeAt(await serverOf(t, socket => reached(socket))))
  return { proxy, toxics: proxy.passage.toxics, received }
}

test('limit_data closes a connection that is being opened: what has passed arrives, and its end', async t => {
  const { proxy, toxics, received } = await opening(t)
  toxics.add({ type: 'delay', stream: 'upstream', attributes: { delay: 20 } })
  toxics.add({ type: 'limit_data', stream: 'upstream', attributes: { bytes: 5 } })
  const client = connectTo(t, proxy)
  client.write('first and last')
  t.is(await endOf(client), null)
  t.is(await received, 'first')
})

test('timeout closes a connection that the near host has, and the far one not yet: the target hears an end', async t => {
  const { proxy, toxics, received } = await opening(t)
  const { passage } = proxy
  const pass = passage.pass.bind(passage)
  passage.pass = (...args) => {
    const session = pass(...args)
    session.near.once('connect', () => {
      for (const stream of ['upstream', 'downstream'] as const)
        toxics.add({ type: 'timeout', stream, attributes: { timeout: 0 } })
      for (const name of ['timeout_upstream', 'timeout_downstream']) toxics.remove(name)
    })
    return session
  }
  t.is(await endOf(connectTo(t, proxy)), null)
  t.is(await received, '')
})
