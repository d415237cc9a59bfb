// A library's scenario with what a program has: servers that listen, and sockets of node:net's.
import { once } from 'node:events'
import net from 'node:net'
import tls from 'node:tls'
import { scenarioOf } from '../../libraries/libraries.ts'

const host = '127.0.0.1'
// The certificate of these tests is for other addresses.
tls.checkServerIdentity = () => undefined
const servers: net.Server[] = []
const scenario = await scenarioOf(process.argv[2]!)
await scenario({
  host,
  async serve(server, port) {
    const listening = once(server, 'listening')
    ;(server as net.Server).listen(port, host)
    await listening
  },
  async accept(port, connection) {
    const server = net.createServer(connection).listen(port)
    servers.push(server)
    await once(server, 'listening')
  },
  connect: port => net.connect(port, host),
  socket: () => new net.Socket(),
  async close() {},
})
for (const server of servers) server.close()
console.log('done')
