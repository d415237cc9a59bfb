/** Proxies that lead to each other. */
import type net from 'node:net'
import test from 'ava'
import { nodeClock } from '../../src/net/node-clock.ts'
import { Proxies } from '../../src/proxy/proxies.ts'
import { TcpProxy } from '../../src/proxy/proxy.ts'
import { placeText } from '../../src/proxy/target.ts'
import { allEnded, connectTo, echo, endOf, next, placeAt, proxyOf } from './support.ts'

const ANY = { host: '127.0.0.1', port: 0 }

test('proxies of one program that lead to each other are refused; in a row they are not', async t => {
  const proxies = new Proxies({ clock: nodeClock, seed: 7 })
  t.teardown(() => proxies.close())
  const target = placeAt(await echo(t))
  const a = await proxies.add({ name: 'a', listen: ANY, target, enabled: true })
  const b = await proxies.add({ name: 'b', listen: ANY, target: a.listen, enabled: true })
  const c = await proxies.add({ name: 'c', listen: ANY, target: b.listen, enabled: true })
  const client = connectTo(t, c)
  client.write('in a row')
  t.is(await next(client), 'in a row')
  const port = (proxy: typeof a) => (proxy.listen as net.TcpNetConnectOpts).port
  const looped = { listen: a.listen, target: { host: 'localhost', port: port(c) }, enabled: true }
  await t.throwsAsync(proxies.change(a, looped), {
    message: `it would lead to itself by way of c and b: localhost:${port(c)} leads to 127.0.0.1:${port(b)} leads to 127.0.0.1:${port(a)}`,
  })
  t.false(a.enabled, 'and it takes no connections')
  await proxies.change(b, { listen: b.listen, target, enabled: false })
  await proxies.change(a, looped)
  await t.throwsAsync(proxies.change(b, { listen: b.listen, target: a.listen, enabled: true }), {
    message: /^it would lead to itself by way of a and c: /,
  })
  await proxies.change(b, { listen: b.listen, target, enabled: true })
  t.true(b.enabled)
  const again = connectTo(t, a)
  again.write('in another row')
  t.is(await next(again), 'in another row')
})

test('a port that the kernel has chosen may close the circle', async t => {
  const listen = placeAt(await echo(t))
  const elsewhere = { host: '127.0.0.1', port: 1 }
  const back = {
    name: 'b',
    enabled: true,
    listen,
    // Nobody can say beforehand which port that will be: this one leads to it as soon as it is known.
    get target() {
      return placeText(a.listen) === placeText(ANY) ? elsewhere : a.listen
    },
  } as unknown as TcpProxy
  const a = new TcpProxy({
    name: 'a',
    listen: ANY,
    target: listen,
    clock: nodeClock,
    seed: 7,
    peers: () => [back],
  })
  t.teardown(() => a.close())
  await t.throwsAsync(a.start(), { message: /^it would lead to itself by way of b: / })
  t.false(a.enabled)
  t.is(await endOf(connectTo(t, a)), 'ECONNREFUSED')
})

test('a circle that nobody can see, through another program, has an end', async t => {
  const told: string[] = []
  const crowd = { most: 20, full: (listen: string, most: number) => void told.push(`${listen} ${most}`) }
  const a = await proxyOf(t, { host: '127.0.0.1', port: 1 }, crowd)
  const b = await proxyOf(t, a.listen, { ...crowd, most: 30 })
  await a.change(a.listen, b.listen)
  const client = connectTo(t, a)
  t.is(await endOf(client), null)
  t.deepEqual(told, [`127.0.0.1:${(a.listen as net.TcpNetConnectOpts).port} 20`])
  for (const proxy of [a, b]) await allEnded(proxy)
})
