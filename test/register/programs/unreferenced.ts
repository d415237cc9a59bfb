// A socket without a ref, told so before its name is looked up, whose peer never answers: a timer without one does not go off.
// The timer is long, so that a machine which stands still for a while does not make it go off.
import net from 'node:net'
import tls from 'node:tls'

const [what] = process.argv.slice(2)
const server = net.createServer(socket => socket.unref())
server.listen(0, '127.0.0.1', () => {
  server.unref()
  const { port } = server.address() as net.AddressInfo
  const to = { host: 'localhost', port }
  const socket = what === 'tls' ? tls.connect(to) : net.connect(to)
  socket.on('connect', () => setTimeout(stays, 20_000).unref()).unref()
})
const stays = () => {
  console.log('stays')
  process.exit()
}
process.on('exit', () => console.log('ends'))
