/** Loss recovery over a path that keeps the order of packets: what is found lost was lost, whatever the controller. */
import test from 'ava'
import { createNetwork } from '../../src/sim/network.ts'
import type { ConnectionView as Connection } from '../../src/tcp/block/connection-view.ts'
import type { SendReason } from '../../src/tcp/block/events.ts'
import { receive, send, sendRoom, setUser } from '../../src/tcp/calls.ts'
import { congestionControls } from '../../src/tcp/congestion/registry.ts'

const BLOCK = Buffer.alloc(65_536)

const transfer = (congestionControl: string, loss: number, seconds: number) => {
  const network = createNetwork({ seed: 1, ladder: 0, tcp: { congestionControl, minRto: 200 } })
  const again: Partial<Record<SendReason, number>> = {}
  const a = network.host('a', {
    trace: e => {
      if (e.type === 'segment-out') again[e.reason] = (again[e.reason] ?? 0) + 1
    },
  })
  const b = network.host('b')
  const path = network.link(a, b, { delay: 20, rate: 50e6, loss }, { delay: 20 })
  let bytes = 0
  const quiet = { established() {}, readable() {}, writable() {}, closed() {} }
  const listener = b.listen(0, 80, {
    acceptable: () => {
      const c = listener.accept()!
      const readable = () => {
        for (let chunk = receive(c); chunk !== null; chunk = receive(c)) bytes += chunk.length
      }
      setUser(c, { ...quiet, readable })
      readable()
    },
  })
  const fill = () => {
    while (sendRoom(c) >= BLOCK.length) send(c, BLOCK)
  }
  const c: Connection = a.connect(b.address, 80, { ...quiet, established: fill, writable: fill })
  network.run(seconds * 1000)
  const { lost } = path.aToB.counters
  return { c, again, lost: lost.random + lost.queue, share: (8 * bytes) / seconds / 50e6 }
}

for (const control of congestionControls())
  for (const loss of [0, 0.001, 0.01])
    test(`${control} at ${loss * 100} % loss: as many retransmissions as losses, no undo, hardly a timeout`, t => {
      const { c, again, lost } = transfer(control, loss, 5)
      const probes = again['tail loss probe'] ?? 0
      t.is(c.troubles.undos, 0)
      t.true(
        c.troubles.retransmissions <= lost + probes,
        `${c.troubles.retransmissions} for ${lost} lost and ${probes} probes`,
      )
      t.true(c.troubles.retransmissions >= lost - 40, `${c.troubles.retransmissions} for ${lost} lost`)
      t.true((again['retransmission timeout'] ?? 0) <= 2)
    })

test('random losses of 1 % do not slow BBR down as they do the others', t => {
  const share = (control: string) => transfer(control, 0.01, 10).share
  t.true(share('bbr1') > 0.9)
  t.true(share('bbr') > 0.7)
  t.true(share('cubic') < 0.2)
})
