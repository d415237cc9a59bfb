/** Servers. */
import {
  bothClosed,
  connected,
  describe,
  event,
  port,
  type Scenario,
  turns,
  watch,
  watchServer,
} from './golden-support.ts'

export const serving: Record<string, Scenario> = {
  'a fresh server': async (net, log) => {
    const server = net.createServer()
    log(
      `server ${server.listening} ${server.address()} ${server.maxConnections} ${server.listenerCount('connection')}`,
    )
    log(`server ${server.ref() === server} ${server.unref() === server}`)
    log(
      `server ${Object.keys(server)
        .filter(name => /^[a-z]/.test(name) && name !== 'dropMaxConnection')
        .sort()}`,
    )
    server.getConnections((error, count) => log(`server ${describe(error)} ${count}`))
    await turns()
  },

  'listen, close, listen again': async (net, log, host) => {
    const server = watchServer(log, net.createServer())
    for (const round of [1, 2]) {
      log(
        `server ${server.listen(0, host, () => log(`server round ${round}`)) === server} ${server.listening}`,
      )
      await event(server, 'listening')
      server.close(error => log(`server closed ${describe(error)}`))
      log(`server ${server.listening} ${server.address()}`)
      await event(server, 'close')
      await turns()
    }
  },

  'listen twice': async (net, log, host) => {
    const server = watchServer(log, net.createServer().listen(0, host))
    await event(server, 'listening')
    try {
      server.listen(0, host)
    } catch (error) {
      log(`server ${describe(error)}`)
    }
    server.close()
    await event(server, 'close')
  },

  'close before listening is told': async (net, log, host) => {
    const server = watchServer(log, net.createServer().listen(0, host))
    server.close(error => log(`server closed ${describe(error)}`))
    await event(server, 'close')
    await turns()
  },

  'close without listening, twice': async (net, log) => {
    const server = watchServer(log, net.createServer())
    server.close(error => log(`server closed ${describe(error)}`))
    server.close(error => log(`server closed again ${describe(error)}`))
    await turns()
  },

  'a port that is in use': async (net, log, host) => {
    const first = net.createServer().listen(0, host)
    await event(first, 'listening')
    const second = watchServer(log, net.createServer())
    second.listen(port(first), host, () => log('server called back'))
    await event(second, 'error')
    await turns()
    log(`server ${second.listening}`)
    first.close()
  },

  'an address that is none of ours': async (net, log) => {
    const server = watchServer(log, net.createServer().listen(0, '192.0.2.99'))
    await event(server, 'error')
    await turns()
  },

  'a signal closes it': async (net, log, host) => {
    const controller = new AbortController()
    const server = watchServer(log, net.createServer().listen({ port: 0, host, signal: controller.signal }))
    await event(server, 'listening')
    controller.abort()
    await event(server, 'close')
    await turns()
  },

  'a signal that is aborted already': async (net, log, host) => {
    const server = watchServer(log, net.createServer())
    server.listen({ port: 0, host, signal: AbortSignal.abort() })
    await event(server, 'close')
    await turns()
  },

  'close waits for connections': async (net, log, host) => {
    const both = await connected(net, log, host)
    const { client, server, listener } = both
    watchServer(log, listener)
    const count = () =>
      new Promise<void>(resolve => listener.getConnections((_error, n) => resolve(log(`server has ${n}`))))
    await count()
    server.resume()
    client.resume().end()
    await event(server, 'close')
    await count()
    await bothClosed(both)
    await turns()
  },

  'listening, closed and listening again in one turn': async (net, log) => {
    const server = watchServer(log, net.createServer())
    server.listen(0, () => log('server told the first'))
    server.close(() => log('server told of the close'))
    server.listen(0, () => log('server told the second'))
    await turns()
    server.close()
    await turns()
  },

  'maxConnections: more are dropped': async (net, log, host) => {
    const server = watchServer(
      log,
      net.createServer(socket => socket.resume()),
    )
    server.maxConnections = 1
    server.listen(0, host)
    await event(server, 'listening')
    const first = net.connect(port(server), host)
    await event(server, 'connection')
    const second = watch(log, 'C', net.connect(port(server), host)).resume()
    await event(second, 'close')
    server.close()
    first.end()
    await event(server, 'close')
  },

  'pauseOnConnect: text waits for whoever resumes': async (net, log, host) => {
    const server = watchServer(log, net.createServer({ pauseOnConnect: true }).listen(0, host))
    await event(server, 'listening')
    const client = net.connect(port(server), host)
    client.write('some text')
    const socket = await new Promise<Parameters<typeof watch>[2]>(resolve =>
      server.once('connection', resolve),
    )
    watch(log, 'S', socket)
    await turns(10)
    log(`S ${socket.isPaused()} ${socket.bytesRead}`)
    socket.resume()
    await event(socket, 'data')
    client.end()
    await event(socket, 'close')
    server.close()
    await event(server, 'close')
  },

  'highWaterMark, noDelay, keepAlive reach the sockets': async (net, log, host) => {
    const options = { highWaterMark: 1000, noDelay: true, keepAlive: true, keepAliveInitialDelay: 5000 }
    const both = await connected(net, log, host, options)
    const { readableHighWaterMark, writableHighWaterMark } = both.server
    log(`S ${readableHighWaterMark} ${writableHighWaterMark}`)
    both.server.destroy()
    both.client.resume()
    await bothClosed(both)
  },

  'a rejected listener costs its connection': async (net, log, host) => {
    const server = net.createServer({ captureRejections: true } as object)
    server.on('connection', async socket => {
      watch(log, 'S', socket)
      throw new Error('mine')
    })
    ;(server as unknown as Record<symbol, boolean>)[
      Object.getOwnPropertySymbols(server).find(symbol => symbol.description === 'kCapture')!
    ] = true
    watchServer(log, server).listen(0, host)
    await event(server, 'listening')
    const client = net.connect(port(server), host).resume()
    await event(client, 'close')
    server.close()
    await event(server, 'close')
  },

  'async dispose closes': async (net, log, host) => {
    const server = watchServer(log, net.createServer())
    await server[Symbol.asyncDispose]()
    server.listen(0, host)
    await event(server, 'listening')
    await server[Symbol.asyncDispose]()
    log(`server ${server.listening}`)
  },

  'wrong arguments': async (net, log, host) => {
    const attempt = (name: string, call: () => unknown) => {
      try {
        call()
        log(`server ${name}: fine`)
      } catch (error) {
        log(`server ${name}: ${describe(error)}`)
      }
    }
    const never = (value: unknown) => value as never
    const server = () => net.createServer()
    attempt('options', () => net.createServer(never('x')))
    attempt('keepAliveInitialDelay', () => net.createServer(never({ keepAliveInitialDelay: 'x' })))
    attempt('highWaterMark', () => net.createServer(never({ highWaterMark: 'x' })))
    attempt('port too large', () => server().listen(65_536, host))
    attempt('negative port', () => server().listen({ port: -1, host }))
    attempt('no port', () => server().listen({ host }))
    attempt('port of no type', () => server().listen(never({ port: true, host })))
    attempt('false', () => server().listen(never(false)))
    attempt('no descriptor', () => server().listen({ fd: -1 }))
    attempt('no path', () => server().listen(never({ path: -1 })))
    attempt('close', () => server().close(never('x')))
    attempt('signal', () => server().listen(never({ port: 0, host, signal: 'x' })))
  },
}
