import { ACK } from '../peers.js'

export const summary =
  'acknowledgments of single octets, of what was not sent, and the same again and again (Savage)'

export const attack = async (peers, { goesOn }) => {
  const all = await peers.connectMany(5, 19, { scale: 10 })
  while (await goesOn(2))
    for (const c of all) {
      for (let n = 0; n < 20; n++) {
        c.first = ((c.next - c.first) | 0) > 0 ? (c.first + 1) | 0 : c.first
        c.send(ACK, { ack: c.first })
      }
      for (let n = 0; n < 5; n++) c.send(ACK, { ack: c.first })
      c.send(ACK, { ack: (c.next + 100_000) | 0 })
      // At times all that has come, so that there is more.
      if (peers.random.below(10) === 0) {
        c.first = c.next
        c.send(ACK)
      }
    }
}
