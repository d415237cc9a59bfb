import { ACK, sackOption } from '../peers.js'

export const summary = 'SACK blocks that jump through the whole flight, one segment at a time'

export const attack = async (peers, { goesOn }) => {
  while (await goesOn()) {
    const c = await peers.connect(19, { mss: 200, scale: 10 })
    if (c === null) continue
    c.takeAll()
    for (let i = 0; i < 200 && (await goesOn(2)); i++) {}
    c.arrived = () => {}
    const from = c.next
    await goesOn(50)
    const pieces = Math.floor(((c.next - from) | 0) / 200) - 1
    for (let i = 0; i < 20_000 && pieces > 2; i++) {
      const at = (from + 200 * (1 + peers.random.below(pieces))) | 0
      c.send(ACK, { ack: from, options: sackOption([[at, at + 200]]) })
      if (i % 500 === 499 && !(await goesOn())) break
    }
  }
}
