import { ACK } from '../peers.js'

export const summary = 'a window that goes to and fro between none and all of it, without acknowledging'
export const short = true

export const attack = async (peers, { goesOn }) => {
  const all = await peers.connectMany(10, 19, { scale: 10 })
  for (const c of all) c.takeAll()
  for (let i = 0; i < 100 && (await goesOn(5)); i++) {}
  for (const c of all) c.arrived = () => {}
  await goesOn(50)
  const edges = all.map(c => c.next)
  while (await goesOn(1))
    all.forEach((c, i) => {
      for (const window of [0, 65_535, 0, 65_535]) c.send(ACK, { ack: edges[i], window })
    })
}
