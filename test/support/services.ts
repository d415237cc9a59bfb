/** Servers of each kind that an examination may need, on any stack with node:net's functions. */
import type { Socket } from 'node:net'

interface Listening {
  listen(port: number, host: string, ready: () => void): unknown
  close(): unknown
}

/** The needed part of node:net, or of what takes its place. */
export interface NetLike {
  createServer(
    options: { readonly allowHalfOpen?: boolean; readonly pauseOnConnect?: boolean },
    listener: (socket: Socket) => void,
  ): Listening
  connect(options: { readonly host: string; readonly port: number }): Socket
}

/** The ports at which {@link startServices} has them: those of RFC 862 to 867, and one for those who never read. */
export const PORTS = { echo: 7, discard: 9, closing: 13, chargen: 19, deaf: 1009 } as const

const CHUNK = Buffer.alloc(16_384, 'the quick brown fox jumps over the lazy dog ')

const chargen = (socket: Socket): void => {
  const more = (): void => {
    while (!socket.destroyed && socket.write(CHUNK)) {}
  }
  socket.on('drain', more).resume()
  more()
}

const ANSWERS: Readonly<Record<keyof typeof PORTS, (socket: Socket) => void>> = {
  echo: socket => void socket.pipe(socket),
  discard: socket => void socket.on('end', () => socket.end()).resume(),
  closing: socket => void socket.resume().end('it is late\r\n'),
  chargen,
  deaf: () => {},
}

export interface Services {
  /** Connects, and is content with whatever becomes of it. */
  readonly dial: (host: string, port: number) => void
  close(): void
}

/** Starts one of each kind at an address. */
export const startServices = async (net: NetLike, host: string): Promise<Services> => {
  const sockets = new Set<Socket>()
  const kept = (socket: Socket): Socket => {
    sockets.add(socket)
    return socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  }
  const servers = await Promise.all(
    Object.entries(PORTS).map(([name, port]) => {
      const answer = ANSWERS[name as keyof typeof PORTS]
      const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: name === 'deaf' }, socket =>
        answer(kept(socket)),
      )
      return new Promise<Listening>(resolve => server.listen(port, host, () => resolve(server)))
    }),
  )
  return {
    dial: (to, port) => void kept(net.connect({ host: to, port })),
    close() {
      for (const server of servers) server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
