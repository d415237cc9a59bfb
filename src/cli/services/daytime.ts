import { ignoreErrors, listening, type Service } from './service.ts'

/** RFC 867. */
export const daytime: Service = {
  name: 'daytime',
  port: 13,
  help: 'tells date and time, and closes',
  async start(stack, port) {
    const server = stack.createServer(socket => {
      ignoreErrors(socket)
      socket.resume()
      socket.end(`${new Date().toString()}\r\n`)
    })
    await listening(server, port)
  },
}
