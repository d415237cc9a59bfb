/** Transfers over a connection, and the contexts in which their events come. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
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

export const transfer: Record<string, Scenario> = {
  'counts of bytes, in encodings and buffers': async (net, log, host) => {
    const both = await connected(net, log, host)
    const { client, server } = both
    server.resume()
    client.write('ä€', 'utf8')
    client.write('äö', 'latin1')
    client.write('616263', 'hex')
    client.write('ab', 'utf16le')
    client.write(new Uint8Array(10))
    client.write(Buffer.alloc(0))
    log(`C ${client.bytesWritten} ${client.bufferSize}`)
    client.resume().end('end')
    await bothClosed(both)
    log(`S ${server.bytesRead} ${server.bytesWritten}`)
    log(`C ${client.bytesRead} ${client.bytesWritten} ${client.bufferSize}`)
  },

  'counts of bytes while connecting': async (net, log, host) => {
    const server = net.createServer(socket => socket.resume().on('end', () => {})).listen(0, host)
    await event(server, 'listening')
    const client = watch(log, 'C', net.connect(port(server), host))
    client.write('€uro')
    client.cork()
    client.write('corked')
    client.write(Buffer.from('more'))
    log(`C ${client.bytesWritten} ${client.writableLength} ${client.writableCorked}`)
    client.uncork()
    log(`C ${client.bytesWritten} ${client.writableLength}`)
    client.end()
    await event(client, 'close')
    log(`C ${client.bytesWritten}`)
    server.close()
  },

  'more than the buffers hold: drain': async (net, log, host) => {
    const both = await connected(net, log, host)
    const { client, server } = both
    const much = Buffer.alloc(30_000_000)
    log(`C.write ${client.write(much, error => log(`C.written(${describe(error)})`))}`)
    log(`C ${client.writableNeedDrain} ${client.bytesWritten}`)
    let bytes = 0
    server.removeAllListeners('data').on('data', data => {
      bytes += data.length
    })
    server.resume()
    await event(client, 'drain')
    client.resume().end()
    await bothClosed(both)
    log(`S ${bytes}`)
  },

  'setEncoding, and text cut within a character': async (net, log, host) => {
    const both = await connected(net, log, host)
    const { client, server } = both
    client.setEncoding('utf8')
    let text = ''
    client.on('data', data => {
      text += data
    })
    client.removeAllListeners('data')
    client.on('data', data => {
      text += data
    })
    client.resume()
    server.resume()
    const euros = Buffer.from('€€€')
    server.write(euros.subarray(0, 4))
    await turns()
    server.end(euros.subarray(4))
    await bothClosed(both)
    log(`C ${text}`)
  },

  'onread: into a buffer of the user’s': async (net, log, host) => {
    const memory = Buffer.alloc(10)
    let text = ''
    const both = await connected(
      net,
      log,
      host,
      {},
      {
        onread: {
          buffer: memory,
          callback(bytes, buffer) {
            text += Buffer.from(buffer).toString('latin1', 0, bytes)
            if (buffer !== memory) log('C another buffer')
            return true
          },
        },
      },
    )
    both.server.resume().end('a text that is longer than ten bytes')
    both.client.resume()
    await bothClosed(both)
    log(`C ${text} ${both.client.bytesRead}`)
  },

  'onread: a function gives the buffers; false stops the reading': async (net, log, host) => {
    let text = ''
    let buffers = 0
    const both = await connected(
      net,
      log,
      host,
      {},
      {
        onread: {
          buffer: () => {
            buffers++
            return new Uint8Array(4)
          },
          callback(bytes, buffer) {
            text += Buffer.from(buffer).toString('latin1', 0, bytes)
            return text.length % 8 !== 0
          },
        },
      },
    )
    both.server.resume().end('0123456789abcdef and the end')
    both.client.resume()
    while (text.length < 8) await turns(1)
    await turns(10)
    log(`C ${text}`)
    const resume = () => {
      if (both.client.closed) return
      both.client.resume()
      setImmediate(resume)
    }
    resume()
    await bothClosed(both)
    log(`C ${text} ${buffers}`)
  },

  'onread: a buffer without room': async (net, log, host) => {
    let given = 0
    for (const buffer of [Buffer.alloc(0), () => Buffer.alloc(given++ === 0 ? 2 : 0)]) {
      const callback = (bytes: number) => {
        log(`C has ${bytes}`)
        return true
      }
      const both = await connected(net, log, host, {}, { onread: { buffer, callback } })
      both.server.on('error', () => {}).resume()
      both.server.end('text')
      both.client.resume()
      await bothClosed(both)
      log(`C ${both.client.bytesRead}`)
    }
  },

  'onread: paused in its callback, which has the socket for its this': async (net, log, host) => {
    let text = ''
    const both = await connected(
      net,
      log,
      host,
      {},
      {
        onread: {
          buffer: Buffer.alloc(4),
          callback(this: unknown, bytes: number, buffer: Uint8Array) {
            text += Buffer.from(buffer).toString('latin1', 0, bytes)
            const socket = this as typeof both.client
            if (text.length === 4) log(`C ${socket.pause() === socket}`)
            return true
          },
        },
      },
    )
    both.server.resume().end('0123456789')
    both.client.resume()
    while (text.length < 4) await turns(1)
    await turns(10)
    log(`C ${text}`)
    both.client.resume()
    await bothClosed(both)
    log(`C ${text}`)
  },

  'timeout: of silence, once by its callback; 0 takes it back': async (net, log, host) => {
    const both = await connected(net, log, host)
    const { client } = both
    // A socket that reads nothing holds nothing: the process would end.
    client.resume()
    both.server.resume()
    const called = () => log('C called back')
    client.setTimeout(20, called)
    log(`C ${client.timeout} ${client.listenerCount('timeout')}`)
    await event(client, 'timeout')
    log(`C ${client.destroyed} ${client.listenerCount('timeout')}`)
    client.setTimeout(60_000, called)
    client.setTimeout(0, called)
    log(`C ${client.timeout} ${client.listenerCount('timeout')}`)
    client.destroy()
    await bothClosed(both)
    client.setTimeout(5, () => log('C never'))
    log(`C ${client.timeout}`)
  },

  'the context of events': async (net, log, host) => {
    const storage = new AsyncLocalStorage<string>()
    const told = new Set<string>()
    const tell = (what: string) => {
      const line = `${what} in ${storage.getStore()}`
      // The number of times is the network's affair.
      if (!told.has(line)) log(line)
      told.add(line)
    }
    let idle = (): void => {}
    const wasIdle = new Promise<void>(resolve => {
      idle = resolve
    })
    const server = storage.run('server made', () => net.createServer())
    storage.run('server listeners', () => {
      server.on('listening', () => tell('server.listening'))
      server.on('close', () => tell('server.close'))
      server.on('connection', socket => {
        tell('server.connection')
        storage.run('S listeners', () => {
          for (const name of ['data', 'end', 'finish', 'close']) socket.on(name, () => tell(`S.${name}`))
          socket.on('data', () => socket.write('x', () => tell('S.written')))
          // After the first exchange, and once: when else it would be is the machine's affair.
          socket.once('data', () =>
            socket.setTimeout(10, () => {
              tell('S.timeout')
              socket.setTimeout(0)
              idle()
            }),
          )
        })
      })
    })
    storage.run('listen', () => server.listen(0, host))
    await event(server, 'listening')
    const client = storage.run('client made', () => new net.Socket())
    storage.run('C listeners', () => {
      for (const name of ['connectionAttempt', 'connect', 'ready', 'data', 'end', 'finish', 'close'])
        client.on(name, () => tell(`C.${name}`))
    })
    storage.run('connect', () => client.connect(port(server), host, () => tell('C called back')))
    await event(client, 'ready')
    storage.run('write', () => client.write('x', () => tell('C.written')))
    await event(client, 'data')
    await wasIdle
    storage.run('much', () => client.write(Buffer.alloc(20_000_000), () => tell('C.written much')))
    storage.run('end', () => client.end(() => tell('C ended')))
    const closed = event(server, 'close')
    storage.run('close', () => server.close())
    await closed
    if (!client.closed) await event(client, 'close')
    await turns()
  },

  'the context of events of a socket that goes to a name': async (net, log, host) => {
    const storage = new AsyncLocalStorage<string>()
    const server = net.createServer(socket => socket.resume().end())
    server.listen(0, host)
    await event(server, 'listening')
    for (const at of [port(server), 1]) {
      const lookup = (
        _name: string,
        options: { all?: boolean },
        callback: (...answer: unknown[]) => void,
      ) => {
        log(`C.asked in ${storage.getStore()}`)
        storage.run('look-up', () =>
          setImmediate(() =>
            options.all ? callback(null, [{ address: host, family: 4 }]) : callback(null, host, 4),
          ),
        )
      }
      const client = storage.run('connect', () =>
        net.connect({ port: at, host: 'some.example', lookup: lookup as unknown as LookupFunction }),
      )
      for (const name of ['lookup', 'connectionAttempt', 'connect', 'ready', 'data', 'end', 'error', 'close'])
        client.on(name, () => log(`C.${name} in ${storage.getStore()}`))
      client.resume()
      await event(client, 'close')
    }
    server.close()
    await event(server, 'close')
  },

  'the context of a write that waits for its reader': async (net, log, host) => {
    const storage = new AsyncLocalStorage<string>()
    const both = await connected(net, log, host)
    const written = new Promise<void>(resolve =>
      storage.run('write', () =>
        both.client.write(Buffer.alloc(20_000_000), () => resolve(log(`C.written in ${storage.getStore()}`))),
      ),
    )
    await turns(20)
    storage.run('read', () => both.server.resume())
    await written
    both.client.resume().end()
    await bothClosed(both)
  },

  'diagnostics channels': async (net, log, host) => {
    const seen = new Set<unknown>()
    const names = [
      'net.client.socket',
      'net.server.socket',
      'tracing:net.server.listen:asyncStart',
      'tracing:net.server.listen:asyncEnd',
      'tracing:net.server.listen:error',
    ]
    const hear = (message: unknown, name: string | symbol) => {
      const { socket, server } = message as {
        socket?: { readyState: string }
        server?: { listening: boolean }
      }
      if (!seen.has(socket ?? server)) return
      log(`${socket === undefined ? 'server' : 'S'} ${String(name)} ${Object.keys(message as object)}`)
    }
    // Others may have sockets at the same time: those of this script alone.
    const hearClient = (message: unknown, name: string | symbol) => {
      const { socket } = message as { socket: { pending: boolean; on(event: string, f: () => void): void } }
      socket.on('connect', () => log(`C ${String(name)} ${Object.keys(message as object)}`))
    }
    for (const name of names.slice(1)) subscribe(name, hear)
    const server = net.createServer(socket => {
      seen.add(socket)
      socket.end()
    })
    seen.add(server)
    server.listen(0, host)
    await event(server, 'listening')
    const second = net.createServer()
    seen.add(second)
    second.listen(port(server), host)
    await event(second, 'error')
    subscribe(names[0]!, hearClient)
    const client = net.connect(port(server), host)
    unsubscribe(names[0]!, hearClient)
    client.resume()
    await event(client, 'close')
    server.close()
    await event(server, 'close')
    for (const name of names.slice(1)) unsubscribe(name, hear)
  },
}
