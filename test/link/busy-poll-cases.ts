// The cases of busy-poll.test.ts, each in a process and a network namespace of its own: `node busy-poll-cases.js CASE`.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import dgram from 'node:dgram'
import { once } from 'node:events'
import net from 'node:net'
import { performance } from 'node:perf_hooks'
import { openTun, type TunLink } from '../../src/link/tun.ts'
import { createStack } from '../../src/net/create-stack.ts'
import { runCase, until } from '../support/namespace-case.ts'

const address = '192.0.2.1/24'

/** A TUN alone does not keep a process alive; a case ends it. */
const stayAlive = setInterval(() => {}, 1 << 30)

const datagram = async (): Promise<void> => {
  const socket = dgram.createSocket('udp4')
  await new Promise<void>((resolve, reject) =>
    socket.send('hello', 9, '192.0.2.2', error => (error ? reject(error) : resolve())),
  )
  socket.close()
}

/** Sends a datagram that the link delivers, after the event loop has had time to sleep. */
const arrive = async (link: TunLink): Promise<void> => {
  await new Promise(resolve => setTimeout(resolve, 5))
  const before = link.counters.received
  await datagram()
  await until(() => link.counters.received > before)
}

/** Settles when timers have come so often in a row, after traffic, without the event loop having slept meanwhile. */
const staysAwake = async (times = 20): Promise<void> => {
  for (let n = 0; n < times; ) {
    await datagram()
    const slept = performance.nodeTiming.idleTime
    await new Promise(resolve => setTimeout(resolve, 3))
    n = performance.nodeTiming.idleTime === slept ? n + 1 : 0
  }
}

export const cases = {
  async 'where packets are farther apart than it lasts, it stops by itself'() {
    const link = openTun({ address, busyPoll: 8 })
    link.start(() => {})
    assert.equal(link.busyPolls, 8)
    // A packet of the kernel's own that follows another closely may make it longer again, but not for ever.
    while (link.busyPolls > 0) await arrive(link)
    link.close()
  },

  async 'a device that was not asked to does not'() {
    const link = openTun({ address })
    link.start(() => {})
    await arrive(link)
    assert.equal(link.busyPolls, 0)
    link.close()
  },

  async 'all that is sent arrives, and others in the event loop have their turn'() {
    execFileSync('ip', ['link', 'set', 'lo', 'up'])
    const link = openTun({ address, busyPoll: 1_000_000 })
    const stack = createStack({ link, address: '192.0.2.2/24' })
    stack.createServer(socket => socket.pipe(socket)).listen(7)
    const client = net.connect(7, '192.0.2.2')
    await once(client, 'connect')
    // It does not sleep for a second now: timers, immediates and sockets of the kernel's come all the same.
    await staysAwake()
    const kernel = net.createServer(socket => socket.end('kernel')).listen(0, '127.0.0.1')
    await once(kernel, 'listening')
    const other = net.connect((kernel.address() as net.AddressInfo).port, '127.0.0.1')
    const [text] = await once(other, 'data')
    assert.equal(String(text), 'kernel')
    await new Promise(resolve => setImmediate(resolve))
    await new Promise(resolve => setTimeout(resolve, 1))
    kernel.close()
    // Far more than one batch, both ways.
    const bytes = Buffer.alloc(5_000_000, 'everything that is sent ')
    const hash = createHash('sha256')
    let received = 0
    client.on('data', chunk => {
      hash.update(chunk)
      received += chunk.length
    })
    client.end(bytes)
    await once(client, 'end')
    assert.equal(received, bytes.length)
    assert.equal(hash.digest('hex'), createHash('sha256').update(bytes).digest('hex'))
    await stack.close()
  },

  async 'a device that is deleted while it is looked at is lost'() {
    let lost = ''
    const link = openTun({
      address,
      busyPoll: 1_000_000,
      onError: error => {
        lost = error.code
      },
    })
    link.start(() => {})
    await datagram()
    await until(() => link.counters.received > 0)
    await staysAwake()
    execFileSync('ip', ['link', 'delete', link.name])
    await until(() => lost !== '')
    assert.match(lost, /EBADFD|EIO/)
  },
} satisfies Record<string, () => Promise<void>>

await runCase(cases)
clearInterval(stayAlive)
