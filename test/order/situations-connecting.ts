/** The situations in which a program writes, ends or connects again before it is told that it is connected. */
import { AsyncLocalStorage } from 'node:async_hooks'
import type net from 'node:net'
import type { Notes } from './notes.ts'
import { accepted, event, gone, type Situation } from './situations.ts'
import type { World } from './world.ts'

/** A client that connects, and what its server hears, told at the end. */
const client = async (world: World, notes: Notes, act: (client: net.Socket) => void): Promise<void> => {
  let heard = ''
  const server = world.peer.createServer({}, socket =>
    socket
      .on('data', data => {
        heard += data
      })
      .on('error', (error: NodeJS.ErrnoException) => {
        heard += error.code
      }),
  )
  const port = await world.peer.listen(server)
  const connection = new Promise<net.Socket>(resolve => server.once('connection', resolve))
  const socket = notes.watch('C', world.face.connect({ port, host: world.there })).resume()
  act(socket)
  const other = await world.until(connection)
  await gone(world, socket, other)
  notes.fact(`heard: ${heard}`)
  server.close()
}

export const connecting: Record<string, Situation> = {
  'listeners of connect before and after a write that waits': (world, notes) =>
    client(world, notes, socket => {
      const look = (name: string) =>
        socket.once('connect', () =>
          notes.fact(`${name}: ${socket.writableLength} wait, ${socket.bytesWritten} written`),
        )
      look('before')
      socket.write('one', () => notes.note('C wrote one'))
      look('between')
      socket.write('two', () => notes.note('C wrote two'))
      look('after')
      socket.once('connect', () => socket.end(() => notes.note('C ended')))
    }),

  'destroyed within connect before a write that waits': (world, notes) =>
    client(world, notes, socket => {
      socket.once('connect', () => socket.destroy())
      for (const text of ['one', 'two'])
        socket.write(text, error =>
          notes.note(`C wrote ${text}: ${(error as NodeJS.ErrnoException | null)?.code}`),
        )
    }),

  'destroyed within connect after a write that waits': (world, notes) =>
    client(world, notes, socket => {
      for (const text of ['one', 'two'])
        socket.write(text, error =>
          notes.note(`C wrote ${text}: ${(error as NodeJS.ErrnoException | null)?.code}`),
        )
      socket.once('connect', () => socket.destroy())
    }),

  'a reset asked for while it connects, after a write': (world, notes) =>
    client(world, notes, socket => {
      socket.write('one', () => notes.note('C wrote one'))
      socket.resetAndDestroy()
    }),

  'destroyed while it connects, with a write that waits': async (world, notes) => {
    const server = world.peer.createServer({}, socket => socket.on('error', () => {}).resume())
    const port = await world.peer.listen(server)
    const socket = notes.watch('C', world.face.connect({ port, host: world.there }))
    socket.write('one', error => notes.note(`C wrote: ${(error as NodeJS.ErrnoException | null)?.code}`))
    socket.on('close', () => notes.fact('closed'))
    socket.destroy()
    await gone(world, socket)
    server.close()
  },

  'connected twice: the contexts': async (world, notes) => {
    const storage = new AsyncLocalStorage<string>()
    const server = world.peer.createServer({}, socket => socket.on('error', () => {}).resume())
    const port = await world.peer.listen(server)
    const options = { port, host: world.there }
    const socket = storage.run('the first', () => world.face.connect(options))
    for (const name of ['connectionAttempt', 'connect', 'ready', 'end', 'close'])
      socket.on(name, () => notes.fact(`${name} in ${storage.getStore()}`))
    await world.until(event(socket, 'ready'))
    storage.run('the second', () => socket.connect(options, () => socket.end()))
    socket.resume()
    await gone(world, socket)
    server.close()
  },

  'an end in an immediate, with a reset that has come': async (world, notes) => {
    const { ours, theirs } = await accepted(world)
    notes.watch('S', ours)
    theirs.resetAndDestroy()
    await gone(world, theirs)
    setImmediate(() => {
      ours.resume()
      process.nextTick(() => ours.end(() => notes.note('S ended')))
    })
    await gone(world, ours)
  },
}
