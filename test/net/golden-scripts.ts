/** Small programs that run on node:net as well as on a stack, and write down what happens. */
import type net from 'node:net'

/** The part that node:net and a stack have in common. */
export interface NetLike {
  createServer: (options?: object) => net.Server
  connect: (port: number, host: string) => net.Socket
}

export type Script = (
  net: NetLike,
  host: string,
  log: (what: string) => void,
) => { sockets: net.Socket[]; servers: net.Server[] } | Promise<never>

const describe = (error: Error | null | undefined): string => {
  if (!error) return 'ok'
  const { code, errno, syscall, port } = error as NodeJS.ErrnoException & { port?: number }
  return [code, errno, syscall, port === undefined ? '' : 'port', Object.keys(error).sort().join()].join(' ')
}

const EVENTS = ['connectionAttempt', 'connect', 'ready', 'end', 'finish', 'timeout', 'drain']

const watch = (log: (what: string) => void, name: string, socket: net.Socket): net.Socket => {
  for (const event of EVENTS) socket.on(event, () => log(`${name}.${event}`))
  socket.on('data', data => log(`${name}.data ${data.length}`))
  socket.on('error', error => log(`${name}.error ${describe(error)}`))
  socket.on('connectionAttemptFailed', (_address, _port, _family, error) =>
    log(`${name}.connectionAttemptFailed ${describe(error)}`),
  )
  socket.on('close', hadError => log(`${name}.close ${hadError}`))
  return socket
}

/** A server on a free port, one connection to it, both watched. */
const conversation = (
  net: NetLike,
  host: string,
  log: (what: string) => void,
  options: { allowHalfOpen?: boolean; pauseOnConnect?: boolean },
  served: (socket: net.Socket) => void,
  began: (socket: net.Socket) => void,
): Promise<void> =>
  new Promise(resolve => {
    const server = net.createServer(options)
    let open = 2
    const done = () => {
      if (--open === 0) server.close(() => resolve())
    }
    server.on('connection', socket => {
      watch(log, 'S', socket).on('close', done)
      served(socket)
    })
    server.listen(0, host, () => {
      const { port } = server.address() as net.AddressInfo
      const client = net.connect(port, host)
      watch(log, 'C', client).on('close', done)
      began(client)
    })
  })

type Run = (net: NetLike, host: string, log: (what: string) => void) => Promise<void>

const refused: Run = (net, host, log) =>
  new Promise(resolve => {
    watch(log, 'C', net.connect(9, host)).on('close', () => resolve())
  })

export const scripts: Record<string, Run> = {
  'connect to a closed port': refused,

  'client ends, server ends with it': (net, host, log) =>
    conversation(
      net,
      host,
      log,
      {},
      () => {},
      client => client.on('connect', () => client.end()),
    ),

  'client says something and ends': (net, host, log) =>
    conversation(
      net,
      host,
      log,
      {},
      () => {},
      client => client.end('hello'),
    ),

  'server half-open, answers after the end': (net, host, log) =>
    conversation(
      net,
      host,
      log,
      { allowHalfOpen: true },
      socket => socket.on('end', () => socket.end('late')),
      client => client.end('hello'),
    ),

  'server ends first': (net, host, log) =>
    conversation(
      net,
      host,
      log,
      {},
      socket => socket.end('bye'),
      () => {},
    ),

  'client destroys': (net, host, log) =>
    conversation(
      net,
      host,
      log,
      {},
      () => {},
      client => client.on('ready', () => client.destroy()),
    ),

  'client destroys with an error': (net, host, log) =>
    conversation(
      net,
      host,
      log,
      {},
      () => {},
      client => client.on('ready', () => client.destroy(new Error('mine'))),
    ),

  'server destroys': (net, host, log) =>
    conversation(
      net,
      host,
      log,
      {},
      socket => socket.destroy(),
      () => {},
    ),

  'client resets': (net, host, log) =>
    conversation(
      net,
      host,
      log,
      {},
      socket => socket.write('x'),
      client => client.on('data', () => client.resetAndDestroy()),
    ),

  'server resets': (net, host, log) =>
    conversation(
      net,
      host,
      log,
      {},
      socket => socket.on('data', () => socket.resetAndDestroy()),
      client => client.write('x'),
    ),

  'reset while connecting': (net, host, log) =>
    conversation(
      net,
      host,
      log,
      {},
      () => {},
      client => void client.resetAndDestroy(),
    ),

  'write in the end event': (net, host, log) =>
    conversation(
      net,
      host,
      log,
      {},
      () => {},
      client => {
        client.on('end', () => setImmediate(() => client.write('x', e => log(`C.written ${describe(e)}`))))
        client.end('bye')
      },
    ),

  'write after close': (net, host, log) =>
    conversation(
      net,
      host,
      log,
      {},
      socket => socket.end('bye'),
      client => client.on('close', () => client.write('x', e => log(`C.written ${describe(e)}`))),
    ),

  'write before connect, callbacks in order': (net, host, log) =>
    conversation(
      net,
      host,
      log,
      {},
      () => {},
      client => {
        client.write('one', e => log(`C.written one ${describe(e)}`))
        client.write('two', e => log(`C.written two ${describe(e)}`))
        client.end(() => log('C.ended'))
      },
    ),

  'echo until the end': (net, host, log) =>
    conversation(
      net,
      host,
      log,
      {},
      socket => socket.pipe(socket),
      client => client.end('hello'),
    ),

  'destroySoon after a write': (net, host, log) =>
    conversation(
      net,
      host,
      log,
      {},
      socket => {
        socket.write('bye')
        socket.destroySoon()
      },
      () => {},
    ),

  'destroy before connect': (net, host, log) =>
    new Promise(resolve => {
      const client = watch(log, 'C', net.connect(9, host))
      client.write('x', e => log(`C.written ${describe(e)}`))
      client.on('close', () => setImmediate(resolve))
      client.destroy()
    }),

  'close of a server waits for its sockets': (net, host, log) =>
    new Promise(resolve => {
      const server = net.createServer()
      server.on('close', () => log('server.close'))
      server.on('connection', socket => {
        watch(log, 'S', socket)
        server.close(e => {
          log(`server.closed ${describe(e)}`)
          setImmediate(resolve)
        })
        socket.end()
      })
      server.listen(0, host, () =>
        watch(log, 'C', net.connect((server.address() as net.AddressInfo).port, host)),
      )
    }),

  'a server that does not listen': (net, _host, log) =>
    new Promise(resolve => {
      const server = net.createServer()
      server.on('close', () => log('server.close'))
      server.close(e => {
        log(`server.closed ${describe(e)}`)
        setImmediate(resolve)
      })
    }),

  'a port that is taken': (net, host, log) =>
    new Promise(resolve => {
      const first = net.createServer()
      first.listen(0, host, () => {
        const second = net.createServer()
        second.on('error', error => {
          log(`second.error ${describe(error)}`)
          first.close(() => resolve())
        })
        second.listen((first.address() as net.AddressInfo).port, host)
      })
    }),
}
