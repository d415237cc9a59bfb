import test from 'ava'
import { FaultyLink } from '../../src/faults/faulty-link.ts'
import { createPipe } from '../../src/link/pipe.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import { collect, packet, send } from '../link/links.ts'

for (const around of [false, true])
  test(`packets are counted ${around ? 'that go around paths with nothing to do' : 'on paths'}, both ways`, t => {
    const clock = new VirtualClock()
    const [end, far] = createPipe(clock, {})
    const faulty = new FaultyLink(end, new SeededRandom(1), clock, ['out', 'in'], around)
    const [near, there] = [collect(faulty.link, clock), collect(far, clock)]
    const both = () => {
      send(faulty.link, [packet(1), packet(2), packet(3)])
      send(far, [packet(4), packet(5)])
      clock.run()
    }
    both()
    t.deepEqual([there.length, near.length], [3, 2])
    const { out, in: inwards } = faulty.show().counters
    t.like(out, { entered: 3, delivered: 3, bytes: 120 })
    t.like(inwards, { entered: 2, delivered: 2, bytes: 80 })
    faulty.change({ loss: 1 }, 'out')
    both()
    t.like(faulty.show().counters.out, { entered: 6, delivered: 3, bytes: 120 })
    t.like(faulty.show().counters.in, { entered: 4, delivered: 4, bytes: 160 })
    faulty.link.close()
  })
