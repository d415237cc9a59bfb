import { writePattern } from './pattern.ts'
import { ignoreErrors, listening, type Service } from './service.ts'

/** RFC 864, with a pattern that can be checked. It ignores what comes, the peer's end too, until the peer is gone. */
export const chargen: Service = {
  name: 'chargen',
  port: 19,
  help: 'sends bytes for ever, the i-th being i mod 251',
  async start(stack, port) {
    const server = stack.createServer({ allowHalfOpen: true }, socket => {
      let offset = 0
      const write = () => {
        offset = writePattern(socket, offset, Number.MAX_SAFE_INTEGER)
      }
      ignoreErrors(socket)
      socket.resume()
      socket.on('drain', write)
      write()
    })
    await listening(server, port)
  },
}
