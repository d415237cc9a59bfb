/** Threads and children that end in the middle: with a connection to a server of the program, and with a server and its client. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

const HOST = '127.0.0.1'
const SELF = fileURLToPath(import.meta.url)

interface Told {
  readonly port: number
  readonly how: string
}

/** The part of the thread or the child. */
const depart = ({ port, how }: Told): void => {
  const leave = () => {
    if (how === 'kill') process.kill(process.pid, 'SIGKILL')
    else if (how === 'terminate') parentPort!.postMessage(null)
    else process.exit(0)
  }
  const server = createServer(socket => {
    socket.write('served')
    // (Written and gone in the same turn: what was written goes.)
    socket.once('data', () => socket.write(Buffer.alloc(100_000), leave))
  })
  server.listen(0, HOST, () => {
    const { port: own } = server.address() as AddressInfo
    connect(port, HOST).write(`${own}\n`)
  })
}

/** The events of a socket until it is closed. */
const heard = async (name: string, socket: Socket, bytes = 0): Promise<void> => {
  let read = bytes
  socket.on('data', chunk => {
    read += chunk.length
  })
  socket.on('end', () => console.log(`${name}: end after ${read}`))
  socket.on('error', error => console.log(`${name}: ${error.message}`))
  await once(socket, 'close')
}

const main = async (): Promise<void> => {
  const server = createServer()
  server.listen(0, HOST)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  for (const how of ['exit', 'kill', 'thread exit', 'terminate']) {
    const told: Told = { port, how }
    const thread = how === 'exit' || how === 'kill' ? null : new Worker(SELF, { workerData: told })
    if (thread === null) fork(SELF, [JSON.stringify(told)])
    thread?.on('message', () => void thread.terminate())
    const [theirs] = (await once(server, 'connection')) as [Socket]
    const [text] = (await once(theirs, 'data')) as [Buffer]
    const over = heard(`${how}, its connection`, theirs)
    const client = connect(Number(String(text)), HOST)
    await once(client, 'data')
    client.write('go')
    await Promise.all([over, heard(`${how}, its server's`, client)])
  }
  server.close()
}

if (!isMainThread) depart(workerData as Told)
else if (process.send !== undefined) depart(JSON.parse(process.argv[2]!) as Told)
else await main()
