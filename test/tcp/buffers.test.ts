/** Buffers that grow with what is going on (autotuning), and those that someone has fixed. */
import test from 'ava'
import { createNetwork } from '../../src/sim/network.ts'
import { blockOf, type ConnectionView as Connection } from '../../src/tcp/block/connection-view.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { configure, receive, send, sendRoom, setUser } from '../../src/tcp/calls.ts'
import { receiveWindow } from '../../src/tcp/queues/receive-window.ts'
import { dialogue } from '../support/dialogue.ts'

const CHUNK = Buffer.alloc(65_536)

interface Flow {
  readonly sender: Connection
  readonly receiver: () => Connection
  /** Bytes that the receiving user has read so far. */
  readonly read: () => number
  run(ms: number): void
}

/** A bulk transfer over a link of so many bits a second and ms of round trip; the reader takes `pace` bytes a ms. */
const flow = (
  rate: number,
  rtt: number,
  tcp: Partial<TcpOptions> = {},
  pace = Number.POSITIVE_INFINITY,
): Flow => {
  const network = createNetwork({ seed: 1, ladder: 0, tcp })
  const a = network.host('a')
  const b = network.host('b')
  network.link(a, b, { delay: rtt / 2, rate })
  let read = 0
  let taken = 0
  let receiver: Connection | undefined
  const take = () => {
    while (receiver !== undefined && taken < pace * network.clock.now()) {
      const chunk = receive(receiver)
      if (chunk === null) return
      taken += chunk.length
      read += chunk.length
    }
  }
  const quiet = { established() {}, readable: take, writable() {}, closed() {} }
  const listener = b.listen(0, 80, {
    acceptable: () => {
      receiver = listener.accept()!
      setUser(receiver, quiet)
      take()
    },
  })
  const fill = () => {
    while (sendRoom(sender) >= CHUNK.length) send(sender, CHUNK)
  }
  const sender: Connection = a.connect(b.address, 80, {
    ...quiet,
    established: fill,
    writable: fill,
    readable() {},
  })
  return {
    sender,
    receiver: () => receiver!,
    read: () => read,
    run: ms => {
      for (let n = 0; n < ms; n += 10) {
        network.run(10)
        take()
      }
    },
  }
}

test('one connection fills 1 Gbit/s × 100 ms: both buffers grow to more than its 12.5 MB', t => {
  const f = flow(1e9, 100)
  f.run(4000)
  t.true(f.receiver().receiveBuffer.size > 12_500_000)
  t.true(f.sender.sendQueue.length > 12_500_000)
  const before = f.read()
  f.run(1000)
  // 1448 of 1500 bytes are text.
  t.true(f.read() - before > (0.95 * 1e9) / 8, `${f.read() - before} bytes in a second`)
})

test('a short path needs no large buffers: they stay as they were', t => {
  const f = flow(100e6, 2)
  f.run(2000)
  t.is(f.receiver().receiveBuffer.size, 1 << 20)
  t.is(f.sender.sendQueue.length <= 2 << 20, true)
})

test('a reader slower than the path: the window closes instead of growing', t => {
  const f = flow(1e9, 20, {}, 1000)
  f.run(3000)
  t.is(f.receiver().receiveBuffer.size, 1 << 20)
  t.true(f.receiver().receiveQueue.length > 500_000)
  t.true(receiveWindow(f.receiver()) <= 1 << 20)
})

test('a buffer that is given does not grow', t => {
  const f = flow(1e9, 100, { receiveBuffer: 500_000 })
  f.run(3000)
  t.is(f.receiver().receiveBuffer.size, 500_000)
  const g = flow(1e9, 100, { sendBuffer: 500_000 })
  g.run(3000)
  t.true(g.sender.sendQueue.length <= 500_000)
})

test('without timestamps and with a lost SYN the round trip is measured by what arrives', t => {
  const f = flow(1e9, 100, { timestamps: false })
  f.run(500)
  blockOf(f.receiver()).rto.srtt = -1
  f.run(4000)
  t.true(f.receiver().receiveBuffer.size > 12_500_000)
})

test('the largest buffer decides the shift, and the option given later the size', t => {
  const d = dialogue({ tcp: { receiveBuffer: 100_000, maxReceiveBuffer: 1 << 20 } })
  const c = d.established({}, 'S 0:0(0) win 65535 <mss 1460,nop,wscale 7>').connection!
  t.is(c.rcv.scale, 5)
  configure(c, { receiveBuffer: 300_000 })
  t.deepEqual([c.receiveBuffer.size, c.options.maxReceiveBuffer], [300_000, 300_000])
})
