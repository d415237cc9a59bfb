/** Toxics, as Toxiproxy's client for Node asks for them. */
import { once } from 'node:events'
import test from 'ava'
import { until } from '../support/namespace-case.ts'
import { allEnded, echo, endOf, next, readAll, serverOf } from './support.ts'
import { AN_HOUR, connect, made } from './toxiproxy-client.ts'

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
