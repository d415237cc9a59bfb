/** Connections that open, or do not. */
import type { LookupFunction } from 'node:net'
import {
  bothClosed,
  connected,
  describe,
  event,
  port,
  type Scenario,
  turns,
  watch,
} from './golden-support.ts'

/** A port at which nobody listens. */
const CLOSED = 9

const listening = async (net: Parameters<Scenario>[0], host: string) => {
  const server = net.createServer(socket => socket.resume().on('error', () => {}))
  server.listen(0, host)
  await event(server, 'listening')
  return server
}

/** A host whose name has these addresses of IPv4, to be tried one after the other. */
const nameOf = (...addresses: string[]) => ({
  host: 'name.example',
  autoSelectFamily: true,
  lookup: ((_name, _options, done) =>
    process.nextTick(
      done,
      null,
      addresses.map(address => ({ address, family: 4 })),
    )) satisfies LookupFunction,
})

export const opening: Record<string, Scenario> = {
  'a fresh socket': async (net, log) => {
    const socket = watch(log, 'C', new net.Socket())
    const { timeout, allowHalfOpen, readableHighWaterMark, writableHighWaterMark, bufferSize } = socket
    const { remoteAddress, localAddress, server } = socket as typeof socket & { server: unknown }
    log(`C ${[timeout, allowHalfOpen, readableHighWaterMark, writableHighWaterMark, bufferSize]}`)
    log(`C ${[remoteAddress, localAddress, server, socket.listenerCount('end')]}`)
    log(
      `C ${socket.setNoDelay() === socket} ${socket.setKeepAlive(true) === socket} ${socket.ref() === socket}`,
    )
    log(`C ${socket.unref() === socket} ${socket.setTimeout(0) === socket} ${socket.pause() === socket}`)
  },

  'its address before it connects': async (net, log, host) => {
    const server = await listening(net, host)
    const socket = net.connect(port(server), host)
    log(`C ${JSON.stringify(socket.address())} ${socket.localAddress}`)
    await event(socket, 'ready')
    log(`C ${Object.keys(socket.address()).sort()} ${socket.localAddress}`)
    socket.destroy()
    server.close()
    await event(server, 'close')
  },

  'refused, to an address': async (net, log, host) => {
    const socket = watch(log, 'C', net.connect(CLOSED, host))
    await event(socket, 'close')
  },

  'refused, with what was written before': async (net, log, host) => {
    const socket = watch(log, 'C', net.connect(CLOSED, host))
    log(`C.write ${socket.write('four', error => log(`C.written(${describe(error)})`))}`)
    socket.end('more', () => log('C.ended'))
    await event(socket, 'close')
    await turns()
  },

  'refused, from a port of its own': async (net, log, host) => {
    const free = await listening(net, host)
    const localPort = port(free)
    free.close()
    await event(free, 'close')
    const socket = watch(log, 'C', net.connect({ port: CLOSED, host, localPort }))
    socket.on('error', error =>
      log(`C ${(error as unknown as { localAddress: string }).localAddress} ${'localPort' in error}`),
    )
    await event(socket, 'close')
  },

  'connect() again while it connects': async (net, log, host) => {
    const server = await listening(net, host)
    const socket = watch(log, 'C', new net.Socket())
    socket.connect(port(server), host)
    socket.connect(port(server), host)
    await event(socket, 'close')
    server.close()
    await event(server, 'close')
  },

  'connect() again when it is connected': async (net, log, host) => {
    const server = await listening(net, host)
    server.on('connection', () => log('server.connection'))
    const socket = watch(log, 'C', net.connect(port(server), host))
    await event(socket, 'ready')
    // The kernel says once more that it is connected, to whatever; and then that it is already.
    socket.connect(CLOSED, host)
    await event(socket, 'ready')
    socket.connect(port(server), host)
    await event(socket, 'close')
    server.close()
    await event(server, 'close')
  },

  'from an address that is none of ours': async (net, log, host) => {
    const socket = watch(log, 'C', net.connect({ port: CLOSED, host, localAddress: '192.0.2.99' }))
    await event(socket, 'close')
  },

  'from an address of the other family': async (net, log, host) => {
    const socket = watch(log, 'C', net.connect({ port: CLOSED, host, localAddress: '::1' }))
    await event(socket, 'close')
  },

  'from a port at which somebody listens': async (net, log, host) => {
    const server = await listening(net, host)
    const other = await listening(net, host)
    const options = { port: port(server), host, localAddress: host, localPort: port(other) }
    const socket = watch(log, 'C', net.connect(options))
    await event(socket, 'close')
    server.close()
    other.close()
  },

  'a name, looked up by a function of the user’s': async (net, log, host) => {
    const server = await listening(net, host)
    const socket = net.connect({
      port: port(server),
      host: 'name.example',
      family: 4,
      hints: 0,
      lookup: (name, { family, hints, all }, done) => {
        log(`C lookup of ${name} ${family} ${hints} ${all}`)
        process.nextTick(done, null, host, 4)
      },
    })
    watch(log, 'C', socket).on('connect', () => socket.end())
    await event(socket, 'close')
    server.close()
  },

  'a name that is not found': async (net, log) => {
    const socket = net.connect({
      port: CLOSED,
      host: 'name.example',
      lookup: (_name, _options, done) => done(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), ''),
    })
    watch(log, 'C', socket)
    await event(socket, 'close')
  },

  'a name with a bad address': async (net, log) => {
    const socket = net.connect({
      port: CLOSED,
      host: 'name.example',
      family: 4,
      lookup: (_name, _options, done) => process.nextTick(done, null, 'not an address', 4),
    })
    watch(log, 'C', socket)
    await event(socket, 'close')
  },

  'a name with an address of no family': async (net, log, host) => {
    const socket = net.connect({
      port: CLOSED,
      host: 'name.example',
      family: 4,
      lookup: (_name, _options, done) => process.nextTick(done, null, host, 5),
    })
    watch(log, 'C', socket)
    await event(socket, 'close')
  },

  'a name with two addresses, the first refuses': async (net, log, host, other) => {
    const server = await listening(net, host)
    const socket = net.connect({
      port: port(server),
      host: 'name.example',
      autoSelectFamily: true,
      lookup: (_name, { all }, done) => {
        log(`C lookup of all: ${all}`)
        const found = [other, host, other].map(address => ({ address, family: 4 }))
        process.nextTick(done, null, found)
      },
    })
    watch(log, 'C', socket).on('connect', () => socket.end())
    await event(socket, 'close')
    log(`C ${socket.autoSelectFamilyAttemptedAddresses.map(tried => tried.split(':')[0])}`)
    server.close()
  },

  'a name with two addresses, both refuse': async (net, log, host, other) => {
    const socket = net.connect({
      port: CLOSED,
      ...nameOf(other, host),
    })
    socket.on('error', error => log(`C ${(error as AggregateError).errors.map(describe)}`))
    watch(log, 'C', socket)
    await event(socket, 'close')
  },

  'a name with two addresses: which have been tried when': async (net, log, host, other) => {
    const server = await listening(net, host)
    const socket = net.connect({
      port: port(server),
      ...nameOf(other, host),
    })
    for (const event of ['connectionAttempt', 'connectionAttemptFailed', 'connect'])
      socket.on(event, () => log(`C ${event} ${socket.autoSelectFamilyAttemptedAddresses?.length}`))
    socket.on('connect', () => socket.end())
    await event(socket, 'close')
    server.close()
  },

  'a name with two addresses, from a port that is taken': async (net, log, host, other) => {
    const server = await listening(net, host)
    const socket = net.connect({
      port: port(server),
      localPort: port(server),
      ...nameOf(other, host),
    })
    socket.on('error', error => log(`C ${(error as AggregateError).errors.map(describe)}`))
    await event(watch(log, 'C', socket), 'close')
    server.close()
  },

  'nobody listens at port 0': async (net, log, host) => {
    const socket = net.connect({ port: 0, host })
    for (const event of ['connectionAttempt', 'connectionAttemptFailed', 'finish', 'close'])
      socket.on(event, () => log(`C.${event}`))
    socket.on('error', error => log(`C.error(${describe(error)})`))
    socket.on('connectionAttempt', () => process.nextTick(() => log('C tick')))
    await event(socket, 'close')
  },

  'destroyed while its name is looked up': async (net, log, host) => {
    const socket = net.connect({
      port: CLOSED,
      host: 'name.example',
      family: 4,
      lookup: (_name, _options, done) => {
        setImmediate(() => {
          socket.destroy()
          setImmediate(done, null, host, 4)
        })
      },
    })
    watch(log, 'C', socket)
    await event(socket, 'close')
    await turns(5)
  },

  'destroyed in connectionAttempt': async (net, log, host) => {
    const socket = watch(log, 'C', net.connect(CLOSED, host))
    // In the event itself node:net fails an assertion of its own.
    socket.on('connectionAttempt', () => process.nextTick(() => socket.destroy()))
    await event(socket, 'close')
    await turns()
  },

  'a signal that is aborted already': async (net, log, host) => {
    const socket = watch(log, 'C', net.connect({ port: CLOSED, host, signal: AbortSignal.abort() }))
    await event(socket, 'close')
  },

  'a signal that is aborted when connected': async (net, log, host) => {
    const server = await listening(net, host)
    const controller = new AbortController()
    const socket = watch(log, 'C', net.connect({ port: port(server), host, signal: controller.signal }))
    socket.on('ready', () => controller.abort())
    await event(socket, 'close')
    server.close()
  },

  'a socket that has closed connects again': async (net, log, host) => {
    const server = await listening(net, host)
    const socket = watch(log, 'C', new net.Socket())
    for (const text of ['first', 'the second']) {
      socket.connect(port(server), host)
      socket.end(text)
      await event(socket, 'close')
    }
    server.close()
  },

  'write before connect is called': async (net, log) => {
    const socket = watch(log, 'C', new net.Socket())
    socket.write('x', error => log(`C.written(${describe(error)})`))
    await event(socket, 'close')
  },

  'paused while connecting: nothing comes until it is resumed': async (net, log, host) => {
    const both = await connected(net, log, host)
    both.server.end('hello')
    await event(both.server, 'finish')
    await turns(20)
    log('C resumes')
    both.client.resume()
    both.server.resume()
    await bothClosed(both)
  },

  'wrong arguments': async (net, log, host) => {
    const attempt = (name: string, call: () => unknown) => {
      try {
        call()
        log(`C ${name}: fine`)
      } catch (error) {
        log(`C ${name}: ${describe(error)}`)
      }
    }
    const never = (value: unknown) => value as never
    const socket = () => new net.Socket()
    attempt('nothing', () => socket().connect(never({})))
    attempt('no port', () => socket().connect(never({ host })))
    attempt('port too large', () => socket().connect(65_536, host))
    attempt('negative port', () => socket().connect(-1, host))
    attempt('port of no type', () => socket().connect(never({ port: {}, host })))
    attempt('port null', () => socket().connect(never({ port: null, host })))
    attempt('localAddress', () => socket().connect({ port: 1, host, localAddress: 'x' }))
    attempt('localPort', () => socket().connect({ port: 1, host, localPort: never('x') }))
    attempt('hints', () => socket().connect({ port: 1, host: 'localhost', hints: 0x4000 }))
    attempt('lookup', () => socket().connect({ port: 1, host: 'name.example', lookup: never(7) }))
    attempt('family attempt', () =>
      socket().connect({ port: 1, host, autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 0 }),
    )
    attempt('autoSelectFamily', () => socket().connect({ port: 1, host, autoSelectFamily: never('yes') }))
    attempt('objectMode', () => new net.Socket(never({ objectMode: true })))
    attempt('readableObjectMode', () => new net.Socket(never({ readableObjectMode: true })))
    attempt('keepAliveInitialDelay', () => new net.Socket(never({ keepAliveInitialDelay: 'x' })))
    attempt('signal', () => new net.Socket(never({ signal: 'x' })))
    attempt('setTimeout', () => socket().setTimeout(never('x')))
    attempt('setTimeout negative', () => socket().setTimeout(-1))
    attempt('setTimeout callback', () => socket().setTimeout(1, never('x')))
    attempt('write null', () => socket().write(never(null)))
    attempt('write number', () => socket().write(never(7)))
  },
}
