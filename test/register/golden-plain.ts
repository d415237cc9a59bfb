/** Scripts of plain sockets with the size of a kernel's buffers, or in other phases of the event loop than that in which it is polled. */
import { once } from 'node:events'
import net from 'node:net'
import { gone, listening, settled, type WebScenario } from './golden-web-support.ts'

interface Ends {
  readonly clients: readonly net.Socket[]
  readonly served: readonly net.Socket[]
}

/** A server that closes, and its connections, in one phase of the event loop: what is told in which round. */
const closing =
  (phase: (callback: () => void) => unknown, act: (ends: Ends) => void): WebScenario =>
  async (log, host) => {
    const note = (what: string) => () => log(`all.note ${what}`)
    const served: net.Socket[] = []
    const hear = (who: string, socket: net.Socket) =>
      socket
        .on('end', note(`${who} end`))
        .on('close', note(`${who} close`))
        .resume()
    const server = net
      .createServer(socket => served.push(hear('S', socket)))
      .on('close', note('server close'))
    const port = await listening(server, host)
    const clients = Array.from({ length: 2 }, () => net.connect(port, host))
    await Promise.all(clients.map(client => once(client, 'connect')))
    await settled()
    for (const client of clients) hear('C', client)
    phase(() => {
      server.close()
      act({ clients, served })
      let round = 0
      const immediate = () => {
        log(`all.note immediate ${round++}`)
        if (round < 6) setImmediate(immediate)
      }
      setImmediate(immediate)
    })
    await gone(server)
    await settled()
  }

const each = (sockets: readonly net.Socket[], how: 'end' | 'destroy'): void => {
  for (const socket of sockets) socket[how]()
}

const CLOSING: Record<string, (ends: Ends) => void> = {
  'clients end': ({ clients }) => each(clients, 'end'),
  'clients are destroyed': ({ clients }) => each(clients, 'destroy'),
  'its sockets are destroyed': ({ served }) => each(served, 'destroy'),
  'all are destroyed': ({ clients, served }) => each([...clients, ...served], 'destroy'),
}

const PHASES = { timer: setTimeout, immediate: setImmediate }

const closings = Object.entries(PHASES).flatMap(([where, phase]) =>
  Object.entries(CLOSING).map(([what, act]): [string, WebScenario] => [
    `a server closes in ${where === 'timer' ? 'a timer' : 'an immediate'}, and ${what}`,
    closing(phase, act),
  ]),
)

export const PLAIN: Record<string, WebScenario> = {
  'a write of two megabytes that nobody reads': async (log, host) => {
    const server = net.createServer({ pauseOnConnect: true }, socket => socket.on('error', () => {}))
    const port = await listening(server, host)
    const client = net.connect(port, host).on('error', () => {})
    await Promise.all([once(client, 'connect'), once(server, 'connection')])
    await settled()
    client.write(Buffer.alloc(2_000_000), () => log('C.written'))
    log(`C.waits ${client.writableLength}`)
    await settled()
    server.close()
    client.resetAndDestroy()
    await gone(client)
    await settled()
  },

  'texts that have come are read as one, of 64 KB at most': async (log, host) => {
    const reads: number[] = []
    const server = net.createServer({ pauseOnConnect: true }, socket => {
      socket.on('data', ({ length }) => reads.push(length)).on('error', () => {})
      socket.on('end', () => log(`S.read ${reads}`))
    })
    const port = await listening(server, host)
    const client = net
      .connect(port, host)
      .on('error', () => {})
      .resume()
    const [[socket]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as [
      [net.Socket],
      unknown,
    ]
    for (const length of [100, 30_000, 40_000]) {
      client.write(Buffer.alloc(length))
      await settled()
    }
    client.end()
    await settled()
    socket.resume()
    server.close()
    await gone(server)
    await settled()
  },

  ...Object.fromEntries(closings),
}
