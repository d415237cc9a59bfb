// Stands for a library that opens its own sockets: an ES module, with a name of node:net's that it has taken for good.
import { once } from 'node:events'
import { connect } from 'node:net'

export const ask = async host => {
  const [answer] = await once(connect(80, host), 'data')
  return String(answer)
}
