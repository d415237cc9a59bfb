/** Paths that pass few ACKs: a modem lets only the newest go on, each 10 or 50 ms. */
import test from 'ava'
import { Host } from '../../../src/host/host.ts'
import { emulate } from '../../../src/link/emulated.ts'
import { createPipe } from '../../../src/link/pipe.ts'
import { SeededRandom } from '../../../src/sim/seeded-random.ts'
import { VirtualClock } from '../../../src/sim/virtual-clock.ts'
import type { ConnectionView as Connection } from '../../../src/tcp/block/connection-view.ts'
import { receive, send, setUser } from '../../../src/tcp/calls.ts'
import { parseAddress } from '../../../src/wire/address.ts'
import { AckFilter } from '../../support/ack-filter.ts'

const DATA = 4_000_000
const RTT = 50
const RATE = 100e6
const nothing = (): void => {}

/** Sends 4 MB on a new connection, again after 10 s, and at once again while all is lost for a second: ms each. */
const transfers = (congestionControl: string, every: number) => {
  const clock = new VirtualClock()
  const random = new SeededRandom(1)
  const [a, b] = createPipe(clock, { delay: RTT / 2 })
  const path = emulate(a, { out: { rate: RATE, queue: (1.5 * RATE * RTT) / 8000 } }, random, clock)
  const filter = new AckFilter(path, clock, Math.max(1, every))
  const tcp = { congestionControl, minRto: 200, sendBuffer: 2 * DATA }
  const sender = new Host({ clock, random, tcp })
  sender.attach(every > 0 ? filter : path, ['192.0.2.1/24'])
  const receiver = new Host({ clock, random, tcp })
  receiver.attach(b, ['192.0.2.2/24'])
  let got = 0
  const take = (c: Connection): void => {
    for (let text = receive(c); text !== null; text = receive(c)) got += text.length
  }
  const listener = receiver.listen(0, 80, {
    acceptable: () => {
      const c = listener.accept()!
      setUser(c, { established: nothing, writable: nothing, closed: nothing, readable: () => take(c) })
      take(c)
    },
  })
  const user = { established: nothing, writable: nothing, closed: nothing, readable: nothing }
  const c = sender.connect(parseAddress('192.0.2.2'), 80, user)
  clock.run(1000)
  let wanted = 0
  const transfer = (outage = 0): number => {
    path.out.change({ blackhole: outage > 0 })
    const start = clock.now()
    wanted += DATA
    send(c, new Uint8Array(DATA))
    clock.run(start + outage)
    path.out.change({ blackhole: false })
    while (got < wanted && clock.now() < start + 60_000) clock.run(clock.now() + 10)
    return clock.now() - start - outage
  }
  const first = transfer()
  clock.run(clock.now() + 10_000)
  const [again, afterOutage] = [transfer(), transfer(1000)]
  return { first, again, afterOutage, thinned: filter.dropped / Math.max(1, filter.passed + filter.dropped) }
}

for (const control of ['reno', 'cubic'])
  test(`[R9406-7] ${control}: slow start takes hardly longer where few ACKs come`, t => {
    const all = transfers(control, 0)
    for (const every of [10, 50]) {
      const few = transfers(control, every)
      t.true(few.thinned > 0.9, `${every} ms: ${few.thinned} of the ACKs are gone`)
      // A grant is waited for in each round trip: with 50 ms it takes up to twice as long.
      const longer = every > 10 ? 2 : 1.25
      t.true(few.first < longer * all.first, `${every} ms: ${few.first} ms, not ${all.first}`)
      t.true(few.again < longer * all.again, `${every} ms: ${few.again} ms again, not ${all.again}`)
      t.true(
        few.afterOutage < longer * all.afterOutage,
        `${every} ms: ${few.afterOutage} ms after the outage, not ${all.afterOutage}`,
      )
    }
  })

for (const control of ['bbr1', 'bbr', 'prague'])
  test(`${control}: where a modem passes an ACK each 10 ms a transfer takes hardly longer`, t => {
    const all = transfers(control, 0)
    const few = transfers(control, 10)
    t.true(few.first < 1.25 * all.first, `${few.first} ms, not ${all.first}`)
    t.true(few.again < 1.25 * all.again, `${few.again} ms again, not ${all.again}`)
    t.true(
      few.afterOutage < 1.25 * all.afterOutage,
      `${few.afterOutage} ms after the outage, not ${all.afterOutage}`,
    )
  })
