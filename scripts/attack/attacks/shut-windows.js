import { ACK } from '../peers.js'

export const summary = '2,000 peers that ask for all there is and shut their windows'
export const short = true

export const attack = async (peers, { goesOn }) => {
  const all = await peers.connectMany(2000, 19, { scale: 10 })
  for (const c of all) {
    c.window = 0
    c.send(ACK)
  }
  // A shut window is told again whenever it is probed: nobody gives up on such a peer by itself.
  for (const c of all) c.arrived = () => c.send(ACK)
  while (await goesOn(50)) {}
}
