import test from 'ava'
import { PortCounts } from '../../src/host/port-counts.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'

test('a port is there as long as a flow has it, whichever was asked for last', t => {
  const random = new SeededRandom('ports')
  const counts = new PortCounts()
  const model = new Map<number, number>()
  for (let n = 0; n < 5000; n++) {
    const port = random.below(6)
    const flows = model.get(port) ?? 0
    if (flows === 0 || random.chance(0.5)) {
      counts.add(port)
      model.set(port, flows + 1)
    } else {
      counts.remove(port)
      model.set(port, flows - 1)
    }
    for (let p = -1; p < 7; p++)
      if (counts.has(p) !== (model.get(p) ?? 0) > 0) t.fail(`after ${n} steps: port ${p}`)
  }
  t.pass()
})
