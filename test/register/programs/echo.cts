// CommonJS, with the members of the module taken out at once.
const { connect, createServer, Socket } = require('node:net') as typeof import('node:net')

const server = createServer((socket: import('node:net').Socket) => socket.pipe(socket))
server.listen(0, () => {
  const { port } = server.address() as import('node:net').AddressInfo
  const socket = connect(port, 'localhost')
  let text = ''
  socket.setEncoding('utf8')
  socket.on('data', (chunk: unknown) => {
    text += chunk
  })
  socket.on('end', () => {
    console.log(text, socket instanceof Socket)
    server.close()
  })
  socket.end('echo')
})
