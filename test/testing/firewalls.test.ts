import { once } from 'node:events'
import test from 'ava'
import { createNetwork, script } from '../../src/testing/testing.ts'
import { closed, connected, ignore, twoHosts } from './support.ts'

const CODES = {
  'net-unreachable': 'ENETUNREACH',
  'host-unreachable': 'EHOSTUNREACH',
  'port-unreachable': 'ECONNREFUSED',
  'admin-prohibited': 'EHOSTUNREACH',
} as const

for (const family of [4, 6] as const)
  test(`a firewall answers a connection that it does not let through, over IPv${family}`, async t => {
    for (const [answer, code] of Object.entries(CODES)) {
      const { net, client, server } = twoHosts(t, { family, link: { delay: '10ms' } })
      server.net.createServer().listen(80)
      server.net.createServer(socket => socket.end('open')).listen(81)
      const firewall = net.firewall({ to: server, port: 80, answer: answer as keyof typeof CODES })
      const [error] = await net.until(once(client.net.connect(80, 'server'), 'error'))
      // Linux has EACCES for what is prohibited of IPv6, as of what it prohibits itself.
      t.is(error.code, family === 6 && answer === 'admin-prohibited' ? 'EACCES' : code, answer)
      t.is(net.now, 0)
      t.is(firewall.dropped, 1)
      const [text] = await net.until(once(client.net.connect(81, 'server'), 'data'))
      t.is(String(text), 'open')
      firewall.cancel()
      await net.until(once(client.net.connect(80, 'server'), 'connect'))
      await net.close()
    }
  })

test('a firewall resets what it has forgotten, in either direction, and what it does not let through', async t => {
  const { net, client, server } = twoHosts(t, { link: { delay: '10ms' } })
  const firewall = net.firewall({ idle: '5min', answer: 'reset' })
  const one = await connected(net, client, server)
  const other = await connected(net, client, server)
  await net.advance('6min')
  const begun = net.now
  one.near.write('hello?')
  const [error] = await net.until(once(one.near, 'error'))
  t.like(error, { code: 'ECONNRESET', syscall: 'read' })
  t.is(net.now, begun)
  one.far.on('error', ignore).write('hello?')
  await net.until(closed(one.far))
  other.far.write('anybody?')
  t.is((await net.until(once(other.far, 'error')))[0].code, 'ECONNRESET')
  t.is(firewall.dropped, 3)
  t.false(other.near.destroyed)
  net.firewall({ from: client, answer: 'reset' })
  t.is((await net.until(once(client.net.connect(80, 'server'), 'error')))[0].code, 'ECONNREFUSED')
  net.heal()
  await connected(net, client, server)
})

test('firewalls of one kind of packet, and several at once', async t => {
  const { net, client, server } = twoHosts(t, { link: { delay: '1ms' } })
  const fins = net.firewall({ from: server, match: script.hasFlag('FIN') })
  const data = net.firewall({ from: client, match: p => p.length > 0 })
  const { near, far } = await connected(net, client, server)
  near.write('12345')
  near.write('6')
  far.end()
  await net.advance('1s')
  t.is(far.bytesRead, 0)
  t.true(fins.dropped >= 1)
  t.true(data.dropped >= 1)
  data.cancel()
  await net.until(once(far, 'data'))
  t.false(near.readableEnded)
})

test('what is wrong in a firewall is named', t => {
  const net = createNetwork()
  t.teardown(() => net.close())
  const wrong = (options: unknown) => () => net.firewall(options as never)
  t.throws(wrong({ adle: 5 }), { message: /options\.adle.*did you mean 'idle'/ })
  t.throws(wrong({ port: 80, answer: 'rest' }), { message: /options\.answer.*did you mean 'reset'/ })
  t.throws(wrong({ port: 0 }), { message: /options\.port/ })
  t.throws(wrong({ match: 1 }), { message: /options\.match/ })
  t.throws(wrong({}), { message: /must say what is stopped/ })
  t.throws(wrong(null), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(wrong({ from: {} }), { message: /a host of this network/ })
  t.throws(wrong({ idle: 'long' }), { message: /options\.idle/ })
})
