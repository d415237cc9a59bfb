import { ignoreErrors, listening, type Service } from './service.ts'

/** RFC 862. Closes after the peer has. */
export const echo: Service = {
  name: 'echo',
  port: 7,
  help: 'sends back what comes',
  async start(stack, port) {
    // Room for several super-segments, so that reading need not stop at each.
    const server = stack.createServer({ allowHalfOpen: true, highWaterMark: 1 << 18 }, socket => {
      ignoreErrors(socket)
      socket.pipe(socket)
    })
    await listening(server, port)
  },
}
