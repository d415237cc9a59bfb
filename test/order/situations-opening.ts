/** Situations of the order test: how connections come, are opened, and end. */
import { AsyncLocalStorage } from 'node:async_hooks'
import http from 'node:http'
import type net from 'node:net'
import { accepted, dialled, event, gone, type Pair, type Situation, tell } from './situations.ts'
import type { World } from './world.ts'

const ignore = () => {}

const both = async (world: World, { ours, theirs }: Pair): Promise<void> => {
  theirs.resume().end()
  await gone(world, ours, theirs)
}

/** A peer's clients, all of whom have connected before anybody at our end hears of it. */
const clients = (world: World, port: number, count: number): net.Socket[] =>
  Array.from({ length: count }, () =>
    world.peer.connect({ port, host: world.here, allowHalfOpen: true }).on('error', ignore).resume(),
  )

export const opening: Record<string, Situation> = {
  'ten connections at once': async (world, notes) => {
    const server = world.face.createServer({}, () => notes.note('connection'))
    const port = await world.face.listen(server)
    const accepts = new Promise<void>(resolve => {
      let count = 0
      server.on('connection', socket => {
        socket.on('error', ignore).resume()
        if (++count === 10) resolve()
      })
    })
    const all = clients(world, port, 10)
    await world.until(accepts)
    await world.settle()
    for (const client of all) client.end()
    await gone(world, ...all)
    server.close()
  },

  'ten connections, one event after the other by once()': async (world, notes) => {
    const server = world.face.createServer({})
    const port = await world.face.listen(server)
    const all = clients(world, port, 10)
    const accepting = async () => {
      for (let n = 0; n < 10; n++) {
        const socket = await new Promise<net.Socket>(resolve => server.once('connection', resolve))
        socket.on('error', ignore).resume()
        notes.fact(`${n + 1}`)
      }
    }
    await world.until(accepting())
    for (const client of all) client.end()
    await gone(world, ...all)
    server.close()
  },

  'more connections than maxConnections': async (world, notes) => {
    const server = world.face.createServer({}, () => notes.note('connection'))
    server.maxConnections = 1
    const port = await world.face.listen(server)
    const dropped = new Promise<void>(resolve => {
      let count = 0
      server.on('drop', () => {
        notes.note('drop')
        if (++count === 2) resolve()
      })
    })
    server.on('connection', socket => socket.on('error', ignore).resume())
    const all = clients(world, port, 3)
    await world.until(dropped)
    await world.settle()
    for (const client of all) client.end()
    await gone(world, ...all)
    server.close()
  },

  'a server closes within connection': async (world, notes) => {
    const server = world.face.createServer({})
    const port = await world.face.listen(server)
    const connection = new Promise<net.Socket>(resolve => server.once('connection', resolve))
    server.on('close', () => notes.note('server close'))
    server.on('connection', socket => {
      notes.note('connection')
      notes.watch('S', socket).on('error', ignore).resume()
      server.close(() => notes.note('closed'))
      server.getConnections((_error, count) => notes.note(`${count} open`))
    })
    const [client] = clients(world, port, 1)
    const socket = await world.until(connection)
    client!.end()
    await gone(world, socket, client!)
  },

  'connect, and what the server says at once': async (world, notes) => {
    const server = world.peer.createServer({ allowHalfOpen: true }, socket => socket.end('hello'))
    const port = await world.peer.listen(server)
    const client = notes.watch('C', world.face.connect({ port, host: world.there }))
    notes.watchData('C', client)
    await gone(world, client)
    server.close()
  },

  'writes and an end before it is connected': async (world, notes) => {
    const server = world.peer.createServer({}, socket => socket.on('error', ignore).resume())
    const port = await world.peer.listen(server)
    const client = notes.watch('C', world.face.connect({ port, host: world.there }).resume())
    client.write('one', () => notes.note('C wrote one'))
    client.write('two', () => notes.note('C wrote two'))
    client.end(() => notes.note('C ended'))
    await gone(world, client)
    server.close()
  },

  'destroy within connect': async (world, notes) => {
    const server = world.peer.createServer({}, socket => socket.on('error', ignore).resume())
    const port = await world.peer.listen(server)
    const client = notes.watch('C', world.face.connect({ port, host: world.there }))
    client.on('connect', () => client.destroy())
    await gone(world, client)
    server.close()
  },

  refused: async (world, notes) => {
    const server = world.peer.createServer({})
    const port = await world.peer.listen(server)
    await world.until(new Promise(resolve => server.close(resolve)))
    const client = notes.watch('C', world.face.connect({ port, host: world.there }))
    client.write('in vain', error => notes.note(`C wrote ${(error as NodeJS.ErrnoException)?.code}`))
    await gone(world, client)
  },

  'an end, and an immediate': async (world, notes) => {
    const pair = await dialled(world)
    await tell(world, pair, 1, false)
    notes.watch('C', pair.ours).resume()
    notes.watchData('C', pair.ours)
    pair.ours.once('data', () => {
      pair.ours.end(() => notes.note('C ended'))
      setImmediate(() => notes.fact('an immediate'))
    })
    await both(world, pair)
  },

  'write, end and destroy in one turn': async (world, notes) => {
    const pair = await accepted(world)
    let bytes = 0
    pair.theirs.on('data', data => {
      bytes += data.length
    })
    await tell(world, pair, 1, false)
    notes.watch('S', pair.ours).resume()
    pair.ours.once('data', () => {
      pair.ours.write(Buffer.alloc(100_000), () => notes.note('S wrote'))
      pair.ours.end('x', () => notes.note('S ended'))
      pair.ours.destroy()
    })
    await both(world, pair)
    notes.fact(`${bytes}`)
  },

  'writes that are done when they return': async (world, notes) => {
    const pair = await accepted(world)
    await tell(world, pair, 1, false)
    notes.watch('S', pair.ours).resume()
    pair.ours.once('data', () => {
      for (const size of [1, 30_000, 100_000]) {
        pair.ours.write(Buffer.alloc(size), () => notes.note(`S wrote ${size}`))
        notes.fact(`${pair.ours.writableLength} wait`)
      }
    })
    await both(world, pair)
  },

  'a reset while paused, heard of when it writes': async (world, notes) => {
    const pair = await accepted(world, { allowHalfOpen: true })
    notes.watch('S', pair.ours)
    pair.theirs.resetAndDestroy()
    await world.settle()
    notes.fact(`destroyed: ${pair.ours.destroyed}`)
    pair.ours.write('x', error => notes.note(`S wrote ${(error as NodeJS.ErrnoException)?.code}`))
    await gone(world, pair.ours, pair.theirs)
  },

  'a reset while paused, heard of when it reads': async (world, notes) => {
    const pair = await accepted(world)
    notes.watch('S', pair.ours)
    pair.theirs.resetAndDestroy()
    await world.settle()
    pair.ours.resume()
    await gone(world, pair.ours, pair.theirs)
  },

  'a reset while it reads': async (world, notes) => {
    const pair = await accepted(world)
    notes.watch('S', pair.ours).resume()
    await world.settle()
    pair.theirs.resetAndDestroy()
    await gone(world, pair.ours, pair.theirs)
  },

  'two sockets destroyed within data': async (world, notes) => {
    const [one, two] = [await accepted(world), await accepted(world)]
    await tell(world, one, 1, false)
    for (const [name, { ours }] of [['S1', one] as const, ['S2', two] as const]) notes.watch(name, ours)
    one.ours.resume().once('data', () => {
      one.ours.destroy()
      two.ours.destroy()
    })
    await both(world, one)
    await both(world, two)
  },

  'a timeout, and nothing more': async (world, notes) => {
    const pair = await accepted(world)
    notes.watch('S', pair.ours).resume()
    pair.ours.setTimeout(5, () => notes.note('timed out'))
    await world.until(event(pair.ours, 'timeout'))
    await world.settle()
    pair.ours.setTimeout(0)
    await both(world, pair)
  },

  'destroySoon within data': async (world, notes) => {
    const pair = await accepted(world)
    await tell(world, pair, 1, false)
    notes.watch('S', pair.ours).resume()
    pair.ours.once('data', () => {
      pair.ours.write('bye', () => notes.note('S wrote'))
      pair.ours.destroySoon()
    })
    await both(world, pair)
  },

  'cork and uncork': async (world, notes) => {
    const pair = await accepted(world)
    await tell(world, pair, 1, false)
    notes.watch('S', pair.ours).resume()
    pair.ours.once('data', () => {
      pair.ours.cork()
      pair.ours.write('a', () => notes.note('S wrote a'))
      pair.ours.write('b', () => notes.note('S wrote b'))
      process.nextTick(() => pair.ours.uncork())
    })
    await both(world, pair)
  },

  'memory of its own, by onread': async (world, notes) => {
    let asked = 0
    const onread = {
      buffer: () => {
        asked++
        return Buffer.alloc(10)
      },
      callback: (bytes: number) => {
        notes.note(`C read ${bytes}`)
        return true
      },
    }
    const server = world.peer.createServer({ allowHalfOpen: true }, socket => socket.end('x'.repeat(25)))
    const port = await world.peer.listen(server)
    const client = notes.watch('C', world.face.connect({ port, host: world.there, onread }))
    await gone(world, client)
    notes.fact(`asked ${asked} times`)
    server.close()
  },

  'the context of what has begun it': async (world, notes) => {
    const storage = new AsyncLocalStorage<string>()
    const note = (what: string) => notes.fact(`${what} in ${storage.getStore()}`)
    const server = world.face.createServer({ allowHalfOpen: true })
    const port = await world.face.listen(server)
    storage.run('the server’s', () =>
      server.on('connection', socket => {
        note('connection')
        socket.on('data', () => note('data'))
        socket.on('end', () => {
          note('end')
          storage.run('the end’s', () => socket.end('x', () => note('finish')))
        })
        socket.on('close', () => note('close'))
      }),
    )
    const connection = new Promise<net.Socket>(resolve => server.once('connection', resolve))
    const client = world.peer.connect({ port, host: world.here }).resume()
    client.end('x')
    await gone(world, await world.until(connection), client)
    server.close()
  },

  'pipelined requests with an end, each answered after an await': async (world, notes) => {
    const server = http.createServer(async (request, response) => {
      notes.note(`request ${request.url}`)
      await null
      response.end(request.url)
    })
    const port = await world.face.listen(server)
    const client = world.peer.connect({ port, host: world.here, allowHalfOpen: true })
    client.end(['/1', '/2', '/3'].map(url => `GET ${url} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''))
    let answers = ''
    client.on('data', data => {
      answers += data
    })
    await gone(world, client)
    notes.fact(answers.match(/\/\d/g)?.join() ?? 'no answer')
    server.close()
  },

  'a request with a body and an end, read by events': async (world, notes) => {
    const server = http.createServer((request, response) => {
      let body = ''
      request.on('data', data => {
        body += data
      })
      request.on('end', () => {
        notes.note('request end')
        setImmediate(() => response.end(body))
      })
    })
    const port = await world.face.listen(server)
    const client = world.peer.connect({ port, host: world.here, allowHalfOpen: true })
    client.end('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody')
    let answer = ''
    client.on('data', data => {
      answer += data
    })
    await gone(world, client)
    notes.fact(answer.endsWith('body') ? 'answered' : `answered: ${answer}`)
    server.close()
  },
}
