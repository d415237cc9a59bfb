/** The whole stack in virtual time: an operation is a packet that a host has received. */
import { createNetwork } from '../../../dist/src/sim/network.js'
import { receive, send, sendRoom, setUser } from '../../../dist/src/tcp/calls.js'

const BLOCK = Buffer.alloc(65_536)
const quiet = { established() {}, readable() {}, writable() {}, closed() {} }

/** One connection that sends without end. */
const transfer = path => () => {
  const network = createNetwork({ seed: 1, ladder: 0, tcp: { minRto: 200 } })
  const a = network.host('a')
  const b = network.host('b')
  network.link(a, b, path, { delay: path.delay })
  const listener = b.listen(0, 80, {
    acceptable() {
      const c = listener.accept()
      const readable = () => {
        while (receive(c) !== null) {}
      }
      setUser(c, { ...quiet, readable })
    },
  })
  const fill = () => {
    while (sendRoom(sender) >= BLOCK.length) send(sender, BLOCK)
  }
  const sender = a.connect(b.address, 80, { ...quiet, established: fill, writable: fill })
  // The whole stack is much code: it takes some 100,000 packets until V8 has compiled what they need.
  network.run(10_000)
  const packets = () => a.counters.packetsIn + b.counters.packetsIn
  return rounds => {
    const before = packets()
    // After a loss a round may pass without any packet.
    do network.run(rounds)
    while (packets() === before)
    return packets() - before
  }
}

export const simulator = {
  'simulator: a packet at 100 Mbit/s': transfer({ delay: 10, rate: 100e6 }),
  'simulator: a packet at 100 Mbit/s, 1 % lost': transfer({ delay: 10, rate: 100e6, loss: 0.01 }),
}
