/** A program, its threads and its children: each reaches the servers of the others. */
import { fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { text } from 'node:stream/consumers'
import tls from 'node:tls'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { CERTIFICATE as cert, KEY as key } from '../../libraries/certificate.ts'

const { HOST = '127.0.0.1' } = process.env
const MAIN = 4400
const SECURE = 4401
const OTHER = 4402
const LARGE = Buffer.alloc(3_000_000, 'what is large ')

const sum = (bytes: Buffer): string => createHash('sha1').update(bytes).digest('hex').slice(0, 8)

/** A connection's words until it is closed, or the reason why it has failed. */
const outcome = (socket: net.Socket): Promise<string> =>
  text(socket).catch((error: NodeJS.ErrnoException) => `${error.syscall} ${error.code}`)

const listening = async (server: net.Server, port: number): Promise<net.Server> => {
  server.listen(port)
  await once(server, 'listening')
  return server
}

/** Sends back what it gets, ends, resets, or goes on after the end, as the first byte says. */
const obliging = () =>
  net.createServer({ allowHalfOpen: true }, socket => {
    const all: Buffer[] = []
    socket.on('data', bytes => {
      if (all.push(bytes) === 1 && String(bytes).startsWith('r')) socket.resetAndDestroy()
    })
    socket.on('end', () => socket.end(`${sum(Buffer.concat(all))} from ${socket.remoteAddress}`))
  })

const clientOf = async (port: number, say: (what: string) => void): Promise<void> => {
  const connect = () => net.connect({ port, host: HOST, allowHalfOpen: true })
  const socket = connect()
  await once(socket, 'connect')
  say(`to ${socket.remoteAddress}:${socket.remotePort} from ${socket.localAddress}`)
  socket.end(LARGE)
  say(await text(socket))
  const reset = connect()
  reset.write('r')
  say(await outcome(reset))
  say(await outcome(net.connect(4499, HOST)))
}

const relative = async (say: (what: string) => void): Promise<void> => {
  await clientOf(MAIN, say)
  const secured = tls.connect({ port: SECURE, host: 'localhost', ca: cert, servername: 'server.example' })
  say(await outcome(secured))
  const body = await fetch(`http://${HOST.includes(':') ? `[${HOST}]` : HOST}:${MAIN + 3}/`).then(response =>
    response.arrayBuffer(),
  )
  say(sum(Buffer.from(body)))
  const server = await listening(obliging(), OTHER)
  say('listening')
  await new Promise(resolve => (parentPort ?? process).once('message', resolve))
  server.close()
  if (parentPort === null) process.disconnect()
}

const program = async (): Promise<void> => {
  console.log(sum(LARGE))
  const servers = [
    await listening(obliging(), MAIN),
    await listening(
      tls.createServer({ cert, key }, socket => socket.end('secured')),
      SECURE,
    ),
    await listening(
      http.createServer((_request, response) => response.end(LARGE)),
      MAIN + 3,
    ),
  ]
  const file = fileURLToPath(import.meta.url)
  for (const kind of ['thread', 'child'] as const) {
    const other = kind === 'thread' ? new Worker(file) : fork(file, ['child'])
    other.on('message', async (what: string) => {
      console.log(`${kind}: ${what}`)
      if (what !== 'listening') return
      await clientOf(OTHER, answer => console.log(`to the ${kind}: ${answer}`))
      if (other instanceof Worker) other.postMessage('end')
      else other.send('end')
    })
    const [code] = await once(other, 'exit')
    console.log(`${kind} ends with ${code}`)
  }
  console.log(await outcome(net.connect(OTHER, HOST)))
  for (const server of servers) server.close()
}

if (!isMainThread) await relative(what => parentPort!.postMessage(what))
else if (process.argv[2] === 'child') await relative(what => process.send!(what))
else await program()
