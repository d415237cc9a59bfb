import { ignoreErrors, listening, type Service } from './service.ts'

/** RFC 863, and beyond it: after the peer's end it tells how many bytes there were. */
export const discard: Service = {
  name: 'discard',
  port: 9,
  help: 'reads everything; in the end it says how many bytes there were',
  async start(stack, port) {
    const server = stack.createServer({ allowHalfOpen: true }, socket => {
      let bytes = 0
      ignoreErrors(socket)
      socket.on('data', (chunk: Uint8Array) => {
        bytes += chunk.length
      })
      socket.on('end', () => socket.end(`${bytes}\n`))
    })
    await listening(server, port)
  },
}
