/** One link that the packets of several proxies share. */
import test from 'ava'
import { nodeClock } from '../../src/net/node-clock.ts'
import { Bottleneck } from '../../src/proxy/shared.ts'
import { connectTo, echo, next, placeAt, proxyOf } from './support.ts'

test('packets of all proxies cross the link that they share, and each reaches its own', async t => {
  const shared = new Bottleneck(nodeClock, 7)
  const target = placeAt(await echo(t))
  const proxies = [
    await proxyOf(t, target, { name: 'a', shared }),
    await proxyOf(t, target, { name: 'b', shared }),
  ]
  const seen = new Set<string>()
  shared.faults.change({
    delay: '1ms',
    drop: p => {
      seen.add(`${p.direction} ${p.destination}`)
      return false
    },
  })
  const clients = proxies.map(proxy => connectTo(t, proxy))
  for (const [n, client] of clients.entries()) {
    client.write(`hello ${n}`)
    t.is(await next(client), `hello ${n}`)
  }
  t.is(seen.size, 4, 'two hosts of each proxy')
  const own = proxies[0]!.passage.show().counters.upstream!
  t.is(own.delivered, own.entered, 'nothing befalls packets on their own paths')
  shared.faults.clear()
  seen.clear()
  clients[0]!.write('once more')
  t.is(await next(clients[0]!), 'once more')
  t.is(seen.size, 0)
})
