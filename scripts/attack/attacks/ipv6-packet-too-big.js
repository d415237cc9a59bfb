import { parseAddress } from '../../../dist/src/wire/address.js'
import { STACK_HOST6 } from '../addresses.js'
import { address6, icmp6, quoted6 } from '../ipv6.js'

export const summary = 'Packet Too Big, and other errors of ICMPv6, about connections that are guessed'
export const short = true
export const ipv6 = true

/** Type and code: too big, no route, prohibited, unreachable address and port, hop limit, parameter problem. */
const KINDS = [
  [2, 0],
  [2, 0],
  [1, 0],
  [1, 1],
  [1, 3],
  [1, 4],
  [3, 0],
  [4, 1],
]

export const attack = async (peers, { goesOn }) => {
  const client = parseAddress(STACK_HOST6.split('/')[0])
  const { random } = peers
  for (let number = 0; await goesOn(); )
    for (let n = 0; n < 100; n++, number++) {
      // About the client's connections, whose ports are guessed, or about those of somebody who has never been here.
      const whose = n % 2 === 0 ? client : address6(number)
      const quote = quoted6(whose, {
        localPort: n % 4 < 2 ? 80 : 7,
        remotePort: 32_768 + random.below(28_000),
        seq: random.uint32() | 0,
        length: 1500,
      })
      const [type, code] = KINDS[number % KINDS.length]
      const mtu = [0, 68, 1279, 1280, 1400, 65_535][random.below(6)]
      peers.raw(icmp6(address6(number), type, code, type === 2 ? mtu : 0, quote))
    }
}
