// A thread reads into memory of its own what a server of the main thread has said: into some, into none, and into some, then none.
import { once } from 'node:events'
import net from 'node:net'
import { isMainThread, Worker, workerData } from 'node:worker_threads'

const buffers = () => {
  let given = 0
  return {
    'three bytes': Buffer.alloc(3),
    'three bytes, stopped by each': Buffer.alloc(3),
    'no bytes': Buffer.alloc(0),
    'two bytes, then none': () => Buffer.alloc(given++ === 0 ? 2 : 0),
  }
}

if (isMainThread) {
  const server = net.createServer(socket => socket.on('error', () => {}).end('some text'))
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as net.AddressInfo
    new Worker(new URL(import.meta.url), { workerData: port }).on('exit', () => server.close())
  })
} else
  for (const [name, buffer] of Object.entries(buffers())) {
    let text = ''
    const callback = (bytes: number, memory: Uint8Array): boolean => {
      text += `${Buffer.from(memory.subarray(0, bytes))}|`
      if (!name.includes('stopped')) return true
      setImmediate(() => socket.resume())
      return false
    }
    const socket: net.Socket = net.connect({
      port: workerData,
      host: '127.0.0.1',
      onread: { buffer, callback } as net.OnReadOpts,
    })
    socket.resume()
    let error: NodeJS.ErrnoException | null = null
    socket.on('error', failure => {
      error = failure
    })
    await once(socket, 'close').catch(() => new Promise(resolve => socket.once('close', resolve)))
    console.log(
      `${name}: ${text} ${(error as NodeJS.ErrnoException | null)?.message ?? ''} ${socket.bytesRead}`,
    )
  }
