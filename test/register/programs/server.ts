import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const server = createServer((request, response) => response.end(`hello ${request.socket.remoteAddress}`))
server.listen(80, () => {
  const { address, port } = server.address() as AddressInfo
  console.log('listening', address, port)
})
