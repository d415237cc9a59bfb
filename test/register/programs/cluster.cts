const cluster = require('node:cluster') as typeof import('node:cluster')['default']
const net = require('node:net') as typeof import('node:net')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  worker.on('listening', ({ address, port }) => console.log('listening', address, port))
  process.on('SIGTERM', () => process.exit())
} else net.createServer(socket => socket.end('a worker')).listen(4200, '127.0.0.1')
