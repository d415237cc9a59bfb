import { once } from 'node:events'
import http from 'node:http'
import test from 'ava'
import { createNetwork } from '../../src/testing/testing.ts'
import { pattern } from '../net/support.ts'
import { connected, ignore } from './support.ts'

test.serial('close leaves nothing that keeps the process, and tells every socket', async t => {
  for (const time of ['real', 'virtual'] as const) {
    const resources = () => process.getActiveResourcesInfo().filter(name => /Timeout|Immediate/.test(name))
    const before = resources()
    const net = createNetwork({ seed: 1, time })
    const [a, b] = [net.host('client'), net.host('server')]
    const { near, far, listener } = await connected(net, a, b)
    const web = http.createServer()
    b.serve(web, { port: 80 })
    const closed = Promise.all([near, far, listener, web].map(one => once(one, 'close')))
    near.write(pattern(1_000_000))
    // Given up with data unacknowledged: the process would stay for it.
    const other = a.net.connect(80, 'server').on('error', ignore)
    await net.until(once(other, 'connect'))
    net.blackhole()
    other.end('unheard')
    other.destroy()
    const closing = net.close()
    t.is(net.close(), closing)
    await closing
    await closed
    t.deepEqual(resources(), before, time)
    t.false(listener.listening)
  }
})
