/** Goodput of one connection between two hosts of the simulator: virtual time, so the same figure on every machine. */
import { createNetwork } from '../../dist/src/sim/network.js'
import { receive, send, sendRoom, setUser } from '../../dist/src/tcp/calls.js'
import { AckFilter } from '../../dist/test/support/ack-filter.js'
import { back, there } from './paths.js'

/** Only the newest of the ACKs that come by this interface passes each `every` ms. */
const thinAcks = (own, clock, every) => {
  const deliver = own.deliver.bind(own)
  let enter = null
  const outer = { start: receive => (enter = receive) }
  new AckFilter(outer, clock, every).start(deliver)
  own.deliver = enter
}

const BLOCK = Buffer.alloc(65_536)

/** Bits a second that reach the user in `seconds` of virtual time, connecting included. */
export const simulated = path => {
  const { control, thinned, window, seconds, seed } = path
  const tcp = { congestionControl: control, minRto: 200, windowClamp: window }
  const network = createNetwork({ seed, ladder: 0, tcp })
  const a = network.host('a')
  const b = network.host('b')
  network.link(a, b, there(path), back(path))
  if (thinned > 0) thinAcks(a.interface, network.clock, thinned)
  let bytes = 0
  const quiet = { established() {}, readable() {}, writable() {}, closed() {} }
  const listener = b.listen(0, 80, {
    acceptable() {
      const c = listener.accept()
      const readable = () => {
        for (let chunk = receive(c); chunk !== null; chunk = receive(c)) bytes += chunk.length
      }
      setUser(c, { ...quiet, readable })
    },
  })
  const fill = () => {
    while (sendRoom(sender) >= BLOCK.length) send(sender, BLOCK)
  }
  const sender = a.connect(b.address, 80, { ...quiet, established: fill, writable: fill })
  network.run(seconds * 1000)
  return (8 * bytes) / seconds
}
