/** A thread that wants a port at which the main thread listens, and one that is free; and a server that has closed. */
import { once } from 'node:events'
import net from 'node:net'
import { fileURLToPath } from 'node:url'
import { isMainThread, Worker } from 'node:worker_threads'

const listen = async (port: number): Promise<string> => {
  const server = net.createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    server.close()
    await once(server, 'close')
    return 'listened'
  } catch (error) {
    return `${(error as Error).message} ${server.listening}`
  }
}

if (isMainThread) {
  const server = net.createServer().listen(4420, '127.0.0.1')
  await once(server, 'listening')
  await once(new Worker(fileURLToPath(import.meta.url)), 'exit')
  // A port that a thread has closed is free.
  console.log(await listen(4421))
  server.close()
} else for (const port of [4420, 4421, 4421]) console.log(await listen(port))
