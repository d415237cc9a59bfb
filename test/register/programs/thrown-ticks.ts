// Ticks that listeners of several connections begin throw in one round of the event loop; there is a listener of uncaughtException.
import net from 'node:net'

const CONNECTIONS = 4

let caught = 0
process.on('uncaughtException', ({ message }) => {
  console.log(message)
  if (++caught === CONNECTIONS) process.exit()
})
const fail = () => {
  throw new Error('in a tick')
}
const server = net.createServer(() => {})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as net.AddressInfo
  for (let i = 0; i < CONNECTIONS; i++) net.connect(port, '127.0.0.1', () => process.nextTick(fail))
})
