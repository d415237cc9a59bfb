import { once } from 'node:events'
import http from 'node:http'
import test from 'ava'
import { closed, connected, get, ignore, twoHosts } from './support.ts'

test('a host that crashes tells nobody, and one that reboots answers with resets', async t => {
  const { net, client, server } = twoHosts(t, { link: { delay: '10ms' } })
  const { near, far, listener } = await connected(net, client, server)
  const quiet = await connected(net, client, server)
  const closed = Promise.all([once(far, 'close'), once(listener, 'close')])
  far.on('error', t.fail)
  server.crash()
  await net.until(closed)
  t.deepEqual(server.connections(), [])
  near.write('are you there?')
  await net.advance('20s')
  t.false(near.destroyed)
  t.regex(net.ladder(), /client→server .* length 14/)
  t.notRegex(net.ladder(), /server→client .*Flags \[(R|F)/)
  // Nobody is there to refuse it.
  const waiting = client.net.connect(80, 'server').on('error', ignore)
  await net.advance('5s')
  t.true(waiting.connecting)
  waiting.destroy()
  server.reboot()
  await net.advance('5s')
  t.false(quiet.near.destroyed)
  const [error] = await net.until(once(near, 'error'))
  t.is(error.code, 'ECONNRESET')
  // Silent until it has something to say.
  quiet.near.write('?')
  t.is((await net.until(once(quiet.near, 'error')))[0].code, 'ECONNRESET')
  t.is((await net.until(once(client.net.connect(80, 'server'), 'error')))[0].code, 'ECONNREFUSED')
  server.net.createServer(socket => socket.end('again')).listen(80)
  t.is(String((await net.until(once(client.net.connect(80, 'server'), 'data')))[0]), 'again')
})

test('a reboot in one go, with servers of Node’s and writes under way', async t => {
  const { net, client, server } = twoHosts(t, { link: { delay: '10ms' } })
  const serve = (answer: string) => {
    const web = http.createServer((_request, response) => response.end(answer))
    server.serve(web, { port: 80 })
    return web
  }
  const first = serve('before')
  const agent = client.agent({ keepAlive: true })
  t.deepEqual(await net.until(get({ host: 'server', agent })), [200, 'before'])
  const { near, far } = await connected(net, client, server)
  far.write(Buffer.alloc(100_000))
  const gone = once(first, 'close')
  server.reboot()
  await net.until(gone)
  serve('after')
  near.on('error', ignore).write('x')
  await net.until(closed(near))
  // The agent finds its connection dead, and says so.
  await t.throwsAsync(net.until(get({ host: 'server', agent })), { code: 'ECONNRESET' })
  t.deepEqual(await net.until(get({ host: 'server', agent })), [200, 'after'])
})

test('a host that is removed leaves its name and its address to others', async t => {
  const { net, client, server } = twoHosts(t, { link: { delay: '1ms' }, tcp: { userTimeout: 10_000 } })
  const { near } = await connected(net, client, server)
  server.remove()
  server.remove()
  t.is((await net.until(once(client.net.connect(80, 'server'), 'error')))[0].code, 'ENOTFOUND')
  near.write('?')
  t.is((await net.until(once(near, 'error')))[0].code, 'ETIMEDOUT')
  t.throws(() => net.partition(client, server), { message: /a host of this network/ })
  const another = net.host('server')
  t.not(another.address, server.address)
  another.net.createServer(socket => socket.end('another')).listen(80)
  t.is(String((await net.until(once(client.net.connect(80, 'server'), 'data')))[0]), 'another')
  another.remove()
  const third = net.host('server', { address: server.address })
  third.net.createServer(socket => socket.end('third')).listen(80)
  t.is(String((await net.until(once(client.net.connect(80, 'server'), 'data')))[0]), 'third')
  // Links have been told, and are made anew.
  net.partition(client, third)
  net.heal()
  t.is(String((await net.until(once(client.net.connect(80, server.address), 'data')))[0]), 'third')
})
