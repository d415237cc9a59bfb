// Things that keep a process alive: a timer without a ref goes off only when something else does.
import { connect, createServer } from 'node:net'

const [what] = process.argv.slice(2)
const server = createServer(socket => socket.resume())
server.listen(4000, '127.0.0.1', () => {
  if (what !== 'server') server.unref()
  if (what === 'nothing' || what === 'server') after()
  else {
    const socket = connect(4000, '127.0.0.1')
    let both = 2
    for (const [emitter, event] of [
      [socket, 'connect'],
      [server, 'connection'],
    ] as const)
      emitter.on(event, () => {
        if (--both > 0) return
        socket.resume()
        if (what === 'unref') socket.unref()
        if (what === 'paused') socket.pause()
        after()
      })
  }
})
server.on('connection', socket => socket.unref())

const after = () => {
  // Where the process is to end, a machine that stands still for a while must not make the timer go off.
  const wait = what === 'unref' || what === 'nothing' ? 20_000 : 50
  setTimeout(() => {
    console.log('alive')
    process.exit()
  }, wait).unref()
}
