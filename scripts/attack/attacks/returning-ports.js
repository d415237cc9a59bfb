import { SYN } from '../peers.js'

export const summary = 'a full SYN queue, while the decent client comes back to ports that are in TIME-WAIT'

/**
 * The ports that the decent client has: so few that they come again within seconds. The server of HTTP closes first, and so
 * has the TIME-WAIT.
 */
export const ports = '40000 40150'
/** With an echo the client would have it. */
export const only = 'http'

export const attack = async (peers, { goesOn }) => {
  for (let number = 0; await goesOn(); )
    for (const port of [80, 7])
      for (let n = 0; n < 50; n++, number++)
        peers.send({
          source: peers.address(number),
          sourcePort: 1024 + (number % 60_000),
          port,
          seq: peers.random.uint32(),
          flags: SYN,
        })
}
