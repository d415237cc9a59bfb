import { once } from 'node:events'
import test from 'ava'
import { createNetwork } from '../../src/testing/testing.ts'
import { twoHosts } from './support.ts'

test('look-ups fail, are slow, and both', async t => {
  const { net, client, server } = twoHosts(t, { link: { delay: '1ms' } })
  server.net.createServer(socket => socket.end('here')).listen(80)
  const failing = async () => (await net.until(once(client.net.connect(80, 'server'), 'error')))[0]
  net.dns('server', { error: 'EAI_AGAIN' })
  t.like(await failing(), { code: 'EAI_AGAIN', errno: -3001, syscall: 'getaddrinfo', hostname: 'server' })
  net.dns('Server', { delay: '5s' })
  const begun = net.now
  t.is((await failing()).message, 'getaddrinfo EAI_AGAIN server')
  t.is(net.now - begun, 5000)
  net.dns('server', { error: null })
  t.is(String((await net.until(once(client.net.connect(80, 'server'), 'data')))[0]), 'here')
  t.true(net.now - begun > 10_000)
  net.dns({ error: 'ENOTFOUND', delay: 20 })
  // One that was told otherwise stays so.
  await net.until(once(client.net.connect(80, 'server'), 'connect'))
  t.is((await net.until(once(client.net.connect(80, 'client'), 'error')))[0].code, 'ENOTFOUND')
  net.dns({ error: null })
  const found = await net.until(
    new Promise((resolve, reject) =>
      client.lookup('client', { family: 4 }, (error, address) => (error ? reject(error) : resolve(address))),
    ),
  )
  t.is(found, client.address)
})

test('a name has several addresses, of which some are dead, and others later', async t => {
  const net = createNetwork({ seed: 1, time: 'virtual', link: { delay: '1ms' }, family: 4 })
  t.teardown(() => net.close())
  const [app, primary, replica] = [net.host('app'), net.host('primary'), net.host('replica')]
  for (const host of [primary, replica]) host.net.createServer(socket => socket.end(host.name)).listen(5432)
  const ask = async () => String((await net.until(once(app.net.connect(5432, 'db'), 'data')))[0])
  net.dns('db', { addresses: [primary, replica] })
  t.is(await ask(), 'primary')
  net.dns('db', { addresses: [replica.address, primary] })
  t.is(await ask(), 'replica')
  net.dns('db', { addresses: ['192.0.2.77', primary] })
  const socket = app.net.connect(5432, 'db')
  const attempts: string[] = []
  socket.on('connectionAttempt', address => attempts.push(address))
  t.is(String((await net.until(once(socket, 'data')))[0]), 'primary')
  t.deepEqual(attempts, ['192.0.2.77', primary.address])
  net.dns('db', { addresses: [] })
  t.is((await net.until(once(app.net.connect(5432, 'db'), 'error')))[0].code, 'ENOTFOUND')
  // The host of that name is found again.
  net.dns('primary', { addresses: [replica] })
  net.dns('primary', { addresses: null })
  t.is(String((await net.until(once(app.net.connect(5432, 'primary'), 'data')))[0]), 'primary')
})

test('what is wrong in a look-up is named', t => {
  const net = createNetwork()
  t.teardown(() => net.close())
  t.throws(() => net.dns('db', { eror: 'x' } as never), { message: /options\.eror.*did you mean 'error'/ })
  t.throws(() => net.dns('db', { error: 'ENOTFUND' as never }), { message: /did you mean 'ENOTFOUND'/ })
  t.throws(() => net.dns('db', { delay: 'long' as never }), { message: /options\.delay/ })
  t.throws(() => net.dns('db', { addresses: 'here' as never }), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => net.dns('db', { addresses: ['here'] }), { message: /options\.addresses.*'here'/ })
  t.throws(() => net.dns('db', { addresses: [null] as never }), { message: /options\.addresses/ })
  t.throws(() => net.dns({ addresses: [] }), { message: /needs a name/ })
  t.throws(() => net.dns('', {}), { message: /'?name/ })
  t.throws(() => net.dns(null as never), { code: 'ERR_INVALID_ARG_TYPE' })
})
