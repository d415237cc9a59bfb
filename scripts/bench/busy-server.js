/** A worker of workers.js: an http.Server whose every request takes a processor's time. */
import { pbkdf2Sync } from 'node:crypto'
import { createServer } from 'node:http'

export default (stack, { data: rounds }) => {
  const server = createServer((_request, response) => {
    pbkdf2Sync('bench', 'salt', rounds, 32, 'sha256')
    response.end('done\n')
  })
  stack.serve(server, { port: 80 })
  return {
    /** True when the connection from this port is this worker's. */
    answer: port => stack.connections().some(({ remotePort }) => remotePort === port),
  }
}
