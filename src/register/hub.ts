/** Lends the stack of this process to its threads and its children. */
import nodeNet from 'node:net'
import { Server } from '../net/server.ts'
import { Socket } from '../net/socket.ts'
import type { Surroundings } from './install.ts'
import { kernelPorts } from './listening.ts'
import {
  type About,
  type Asked,
  Frames,
  type ListenName,
  type Name,
  type Opened,
  type Option,
} from './relay-frames.ts'

const nameOf = (address: string | undefined, port: number | undefined): Name => ({
  address: address ?? '0.0.0.0',
  port: port ?? 0,
})

/** A connection of the stack's, or one of the kernel's to a cluster's server. */
type Joined = Socket | nodeNet.Socket

/** Both ways, each as fast as the other side takes it. */
const join = (frames: Frames, socket: Joined): void => {
  const theirs = frames.socket
  let failed = false
  socket.on('data', bytes => {
    if (!frames.data(bytes as Buffer)) socket.pause()
  })
  theirs.on('drain', () => socket.resume())
  socket.on('drain', () => theirs.resume())
  socket.on('end', () => frames.end())
  socket.on('error', error => {
    failed = true
    frames.failure((error as NodeJS.ErrnoException).code ?? 'ECONNRESET')
  })
  socket.on('close', () => theirs.end())
  // Nobody reads or writes there any more, be it that the connection was closed or that the thread or the process has ended: as
  // with a kernel's, what was written still goes.
  theirs.on('end', () => {
    if (socket.connecting) socket.destroy()
    else socket.destroySoon()
  })
  // It has left something unread.
  theirs.on('close', () => {
    if (!failed && !socket.destroyed) socket.resetAndDestroy()
  })
}

/** Nobody reads any more what comes, or has come; what was written still goes. */
const leave = (frames: Frames, socket: Joined): void => {
  if (socket.writableLength === 0) socket.destroy()
  frames.socket.removeAllListeners('drain')
  socket.removeAllListeners('data').pause()
}

const setOption = (socket: Joined, option: Option): void => {
  if ('noDelay' in option) socket.setNoDelay(option.noDelay)
  else socket.setKeepAlive(option.keepAlive, option.delay)
}

interface Waiting {
  readonly socket: Socket
  /** The server's, by which it was told of the connection. */
  readonly told: Frames
}

export class Hub {
  readonly #around: () => Surroundings | null
  readonly #token: string
  readonly #path: string
  /** Connections that have come to servers of others, until those take them. */
  readonly #waiting = new Map<number, Waiting>()
  #next = 0
  #server: nodeNet.Server | null = null

  constructor(around: () => Surroundings | null, path: string, token: string) {
    this.#around = around
    this.#path = path
    this.#token = token
  }

  /** Once there is somebody to lend it to. */
  open(): void {
    if (this.#server !== null) return
    this.#server = nodeNet.createServer({ allowHalfOpen: true }, socket => this.#serve(socket))
    this.#server.on('error', error =>
      console.error(`tuntcp: threads do not reach the stack: ${error.message}`),
    )
    this.#server.listen(this.#path).unref()
  }

  #serve(theirs: nodeNet.Socket): void {
    theirs.unref()
    theirs.on('error', () => theirs.destroy())
    let socket: Joined | null = null
    let farewell = false
    const frames = new Frames(theirs, {
      message: (asked: Asked | Option) => {
        if (!('token' in asked)) {
          if (socket !== null) setOption(socket, asked)
        } else if (asked.token !== this.#token) theirs.destroy()
        else if ('connect' in asked) socket = this.#connect(frames, asked.connect, asked.from)
        else if ('accept' in asked) socket = this.#accept(frames, asked.accept)
        else if ('listen' in asked) this.#listen(frames, asked.listen, () => farewell)
        else frames.message({ own: this.#around()?.own ?? [] } satisfies About)
      },
      data: bytes => {
        // (One that has failed hears of that in time.)
        if (socket?.writable && !socket.write(bytes)) theirs.pause()
      },
      end: () => {
        farewell = true
        socket?.end()
      },
      failure: () => void socket?.resetAndDestroy(),
      left: bytes => {
        if (bytes < frames.sent) socket?.resetAndDestroy()
        else if (socket !== null) leave(frames, socket)
      },
    })
  }

  #connect(frames: Frames, { address, port }: Name, from: Name | null): Joined | null {
    const around = this.#around()
    if (around === null) {
      frames.failure('ENETUNREACH')
      frames.socket.end()
      return null
    }
    const socket = kernelPorts.has(port)
      ? new nodeNet.Socket({ allowHalfOpen: true })
      : new Socket({ stack: around.stack, allowHalfOpen: true })
    socket.unref()
    socket.on('connect', () => this.#opened(frames, socket))
    join(frames, socket)
    const local = from === null ? {} : { localAddress: from.address, localPort: from.port }
    ;(socket as nodeNet.Socket).connect({ host: address, port, ...local })
    return socket
  }

  #opened(frames: Frames, { localAddress, localPort, remoteAddress, remotePort }: Joined): void {
    frames.message({
      local: nameOf(localAddress, localPort),
      remote: nameOf(remoteAddress, remotePort),
    } satisfies Opened)
  }

  /** @param farewell whether the server was closed: it has asked for all connections then that it was told of */
  #listen(frames: Frames, { address, port, ipv6Only }: ListenName, farewell: () => boolean): void {
    const around = this.#around()
    if (around === null) {
      frames.message({ listens: 'ENETUNREACH' })
      return
    }
    const server = new Server({ stack: around.stack, allowHalfOpen: true, pauseOnConnect: true }, socket => {
      const id = this.#next++
      socket.unref()
      socket.on('error', () => {})
      this.#waiting.set(id, { socket, told: frames })
      socket.on('close', () => this.#waiting.delete(id))
      frames.message({ accepted: id })
    })
    server.on('error', error =>
      frames.message({ listens: (error as NodeJS.ErrnoException).code ?? 'EINVAL' }),
    )
    server.on('listening', () => frames.message({ listens: null }))
    server.listen({ host: address, port, ipv6Only }).unref()
    frames.socket.on('close', () => {
      server.close()
      if (farewell()) return
      for (const { socket, told } of this.#waiting.values()) if (told === frames) socket.resetAndDestroy()
    })
    // The answer says that the port is free; connections that have come may last.
    frames.socket.on('end', () => {
      server.close()
      frames.socket.end()
    })
  }

  #accept(frames: Frames, id: number): Joined | null {
    const socket = this.#waiting.get(id)?.socket
    if (socket === undefined) {
      frames.failure('ECONNABORTED')
      frames.socket.end()
      return null
    }
    this.#waiting.delete(id)
    this.#opened(frames, socket)
    join(frames, socket)
    socket.resume()
    return socket
  }
}
