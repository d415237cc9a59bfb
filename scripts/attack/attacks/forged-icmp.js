import { parseAddress } from '../../../dist/src/wire/address.js'
import { checksum } from '../../../dist/src/wire/checksum.js'
import { write16, writeIpv4 } from '../../../dist/src/wire/ipv4.js'
import { STACK, STACK_HOST } from '../addresses.js'
import { ACK } from '../peers.js'

export const summary = 'unreachables, frag-neededs and quenches about connections that are guessed'

/** Type and code: net, host, protocol and port unreachable, fragmentation needed, source quench, time exceeded. */
const KINDS = [
  [3, 0],
  [3, 1],
  [3, 2],
  [3, 3],
  [3, 4],
  [4, 0],
  [11, 0],
]

export const attack = async (peers, { goesOn }) => {
  const target = parseAddress(STACK)
  const client = parseAddress(STACK_HOST.split('/')[0])
  while (await goesOn())
    for (let n = 0; n < 100; n++) {
      const quoted = peers.segment({ source: client, sourcePort: 0, port: 0, flags: ACK }).subarray(0, 28)
      const b = new Uint8Array(28 + quoted.length)
      writeIpv4(b, 0, b.length, 1, peers.address(n), target, 64, 0, n)
      writeIpv4(quoted, 0, 40, 6, target, client, 64, 0, n)
      write16(quoted, 20, n % 2 === 0 ? 80 : 7)
      write16(quoted, 22, 32_768 + peers.random.below(28_000))
      b.set(KINDS[n % KINDS.length], 20)
      write16(b, 26, [0, 68, 576, 65_535][n % 4])
      b.set(quoted, 28)
      write16(b, 22, checksum(b, 20, b.length - 20))
      peers.raw(b)
    }
}
