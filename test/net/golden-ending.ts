/** Ends of connections, in every phase. */
import { bothClosed, connected, describe, event, type Scenario, turns, watch } from './golden-support.ts'

export const ending: Record<string, Scenario> = {
  'destroy of a fresh socket, twice': async (net, log) => {
    const socket = watch(log, 'C', new net.Socket())
    log(`C ${socket.destroy() === socket}`)
    socket.destroy(new Error('late'))
    await event(socket, 'close')
  },

  'destroy of a fresh socket, with an error': async (net, log) => {
    const socket = watch(log, 'C', new net.Socket())
    socket.destroy(new Error('mine'))
    await event(socket, 'close')
  },

  'both end': async (net, log, host) => {
    const both = await connected(net, log, host)
    both.client.resume().end()
    both.server.resume().end()
    await bothClosed(both)
  },

  'end: its forms and callbacks': async (net, log, host) => {
    const both = await connected(net, log, host)
    both.server.resume()
    both.client.end('Zm91cg==', 'base64', () => log('C.ended'))
    both.client.end((error?: Error) => log(`C.ended again ${describe(error)}`))
    both.client.resume()
    await bothClosed(both)
    both.client.end((error?: Error) => log(`C.ended at last ${describe(error)}`))
    await turns()
  },

  'write after end': async (net, log, host) => {
    const both = await connected(net, log, host)
    both.server.resume()
    both.client.resume().end('bye')
    log(`C.write ${both.client.write('more', error => log(`C.written(${describe(error)})`))}`)
    await bothClosed(both)
  },

  'write and end after destroy': async (net, log, host) => {
    const both = await connected(net, log, host)
    both.server.resume()
    both.client.destroy()
    log(`C.write ${both.client.write('more', error => log(`C.written(${describe(error)})`))}`)
    both.client.end((error?: Error) => log(`C.ended(${describe(error)})`))
    await bothClosed(both)
  },

  'allowHalfOpen on both sides': async (net, log, host) => {
    const both = await connected(net, log, host, { allowHalfOpen: true })
    const { client, server } = both
    client.resume().end('question')
    server.resume()
    await event(server, 'end')
    await turns()
    log(`S half open: ${server.readyState} ${server.writable}`)
    log(`C half open: ${client.readyState} ${client.readable}`)
    server.write('answer')
    server.end()
    await bothClosed(both)
  },

  'allowHalfOpen at the client alone': async (net, log, host) => {
    const both = await connected(net, log, host, {}, { allowHalfOpen: true })
    both.server.resume().end('bye')
    both.client.resume()
    await event(both.client, 'end')
    await turns()
    both.client.end('last words')
    await bothClosed(both)
  },

  'the peer’s end is not seen until what came before it is read': async (net, log, host) => {
    const both = await connected(net, log, host)
    both.server.end('some text')
    await turns(10)
    both.client.on('readable', () => {
      const text = both.client.read()
      log(`C.read ${text}`)
    })
    both.server.resume()
    await bothClosed(both)
  },

  'destroy in data': async (net, log, host) => {
    const both = await connected(net, log, host)
    both.server.resume().write('x')
    both.client.on('data', () => both.client.destroy()).resume()
    await bothClosed(both)
  },

  'destroy in end': async (net, log, host) => {
    const both = await connected(net, log, host)
    both.server.resume().end('x')
    both.client.on('end', () => both.client.destroy()).resume()
    await bothClosed(both)
  },

  'destroy in finish': async (net, log, host) => {
    const both = await connected(net, log, host)
    both.server.resume()
    both.client.on('finish', () => both.client.destroy()).end('x')
    await bothClosed(both)
  },

  'destroy with an error while writing': async (net, log, host) => {
    const both = await connected(net, log, host)
    both.server.resume()
    both.client.write('x', error => log(`C.written(${describe(error)})`))
    both.client.destroy(new Error('mine'))
    await bothClosed(both)
  },

  'reset: the peer reads ECONNRESET': async (net, log, host) => {
    const both = await connected(net, log, host)
    both.server.resume()
    log(`C ${both.client.resetAndDestroy() === both.client}`)
    await bothClosed(both)
  },

  'reset of a fresh socket, and of one that is closed': async (net, log) => {
    const socket = watch(log, 'C', new net.Socket())
    socket.resetAndDestroy()
    await event(socket, 'close')
    socket.resetAndDestroy()
    await turns()
  },

  'destroySoon: what was written goes first': async (net, log, host) => {
    const both = await connected(net, log, host)
    both.server.resume()
    both.client.write('bye', error => log(`C.written(${describe(error)})`))
    both.client.destroySoon()
    await bothClosed(both)
  },

  'writes after the peer has closed: EPIPE': async (net, log, host) => {
    const both = await connected(net, log, host, {}, { allowHalfOpen: true })
    const { client, server } = both
    client.resume()
    server.destroy()
    await event(client, 'end')
    let told = false
    const again = () => {
      if (client.destroyed) return
      client.write('x', error => {
        if (error && !told) log(`C.written(${(error as NodeJS.ErrnoException).code})`)
        told ||= Boolean(error)
      })
      setImmediate(again)
    }
    client.removeAllListeners('error').on('error', error => log(`C.error(${describe(error)})`))
    client.removeAllListeners('close').on('close', hadError => log(`C.close(${hadError})`))
    again()
    await event(client, 'close')
  },

  'async iteration to the end': async (net, log, host) => {
    const both = await connected(net, log, host)
    both.server.resume().end('some text')
    let length = 0
    for await (const chunk of both.client) length += (chunk as Buffer).length
    log(`C iterated ${length} ${both.client.destroyed}`)
    await bothClosed(both)
  },

  'async iteration that is left': async (net, log, host) => {
    const both = await connected(net, log, host)
    both.server.resume().write('some text')
    for await (const chunk of both.client) {
      log(`C ${(chunk as Buffer).length > 0}`)
      break
    }
    await bothClosed(both)
  },
}
