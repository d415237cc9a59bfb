import { parseAddress } from '../../../dist/src/wire/address.js'
import { STACK_HOST } from '../addresses.js'
import { ACK, FIN, PSH, RST, SYN } from '../peers.js'

export const summary =
  "resets, SYNs, FINs and text in the decent client's name, with numbers that are guessed"
export const short = true

export const attack = async (peers, { goesOn }) => {
  const source = parseAddress(STACK_HOST.split('/')[0])
  const kinds = [RST, RST | ACK, SYN, FIN | ACK, PSH | ACK, ACK]
  const text = new Uint8Array(20)
  while (await goesOn())
    for (let n = 0; n < 100; n++)
      peers.send({
        source,
        sourcePort: 32_768 + peers.random.below(28_232),
        port: n % 2 === 0 ? 80 : 7,
        seq: peers.random.uint32(),
        ack: peers.random.uint32(),
        flags: kinds[n % kinds.length],
        text: kinds[n % kinds.length] & PSH ? text : undefined,
      })
}
