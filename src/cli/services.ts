/** The small services of old: echo (RFC 862), discard (863), daytime (867), chargen (864). */
import type { Socket } from '../net/socket.ts'

/** Byte i of what chargen sends is i mod this. */
const PERIOD = 251
const PATTERN = Buffer.alloc(PERIOD * 256)
for (let i = 0; i < PATTERN.length; i++) PATTERN[i] = i % PERIOD

/** `length` bytes (at most {@link PATTERN}'s) of the pattern from position `at`, without copying. */
export const patternAt = (at: number, length: number): Buffer => {
  const start = at % PERIOD
  return PATTERN.subarray(start, Math.min(PATTERN.length, start + length))
}

/** Sends back what comes; closes after the peer's FIN. */
export const echo = (socket: Socket): void => {
  socket.pipe(socket)
}

/** Reads everything; after the peer's FIN says how many bytes it was. */
export const discard = (socket: Socket): void => {
  let bytes = 0
  socket.on('data', chunk => {
    bytes += chunk.length
  })
  socket.on('end', () => socket.end(`${bytes}\n`))
}

/** Says what time it is, and closes. */
export const daytime = (socket: Socket): void => {
  socket.resume()
  socket.end(`${new Date().toString()}\r\n`)
}

/** Sends for as long as the peer is there. What comes is thrown away. */
export const chargen = (socket: Socket): void => {
  const send = () => {
    while (!socket.destroyed && socket.write(PATTERN));
  }
  socket.on('drain', send)
  socket.resume()
  socket.on('end', () => socket.destroy())
  send()
}
