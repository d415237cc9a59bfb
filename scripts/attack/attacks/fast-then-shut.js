import { ACK } from '../peers.js'

export const summary = '100 readers that are fast until buffers have grown, and then shut their windows'

export const attack = async (peers, { goesOn }) => {
  const all = await peers.connectMany(100, 19, { scale: 10 })
  for (let from = 0; from < all.length; from += 10) {
    const some = all.slice(from, from + 10)
    for (const c of some) c.takeAll()
    for (let i = 0; i < 100 && (await goesOn(10)); i++) {}
    for (const c of some) {
      c.window = 0
      c.arrived = () => c.send(ACK)
      c.send(ACK)
    }
  }
  while (await goesOn(50)) {}
}
