/** A thread closes connections whose peer goes on to write: prints how many of their descriptors stay open. */
import { once } from 'node:events'
import { readdirSync, readlinkSync } from 'node:fs'
import net from 'node:net'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'

const PORT = 4452
const HOST = '127.0.0.1'
/** Rounds of the event loop in which they may close. */
const PATIENCE = 20_000

const isSocket = (descriptor: string): boolean => {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith('socket:')
  } catch {
    return false
  }
}

const open = (): number => readdirSync('/proc/self/fd').filter(isSocket).length

const closeOne = async (): Promise<void> => {
  const socket = net.connect(PORT, HOST)
  await once(socket, 'data')
  socket.destroy()
  await once(socket, 'close')
}

const thread = async (): Promise<number> => {
  const before = open()
  for (let i = 0; i < 50; i++) await closeOne()
  for (let i = 0; i < PATIENCE && open() > before; i++) await new Promise(resolve => setImmediate(resolve))
  return open() - before
}

if (isMainThread) {
  const server = net.createServer(socket => {
    const write = () => {
      while (!socket.destroyed && socket.write(Buffer.alloc(60_000)));
    }
    socket.on('error', () => {}).on('drain', write)
    write()
  })
  server.listen(PORT, HOST)
  await once(server, 'listening')
  const worker = new Worker(new URL(import.meta.url))
  const [left] = (await once(worker, 'message')) as [number]
  console.log('left', left)
  server.close()
} else parentPort!.postMessage(await thread())
