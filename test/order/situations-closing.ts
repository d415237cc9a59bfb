/** Situations of the order test: from where in the event loop a socket is closed, and when it is told so. */
import { stat } from 'node:fs'
import type net from 'node:net'
import type { Notes } from './notes.ts'
import { accepted, dialled, event, type Pair, type Situation } from './situations.ts'
import type { World } from './world.ts'

type From = (callback: () => void) => void

const ignore = () => {}

/** The phases of an event loop that call a program. */
const PHASES: Record<string, From> = {
  'a timer': callback => setTimeout(callback, 1),
  'a tick after a timer': callback => setTimeout(() => process.nextTick(callback), 1),
  'a promise after a timer': callback => setTimeout(() => void Promise.resolve().then(callback), 1),
  'an immediate': callback => setImmediate(callback),
  'an immediate after a timer': callback => setTimeout(() => setImmediate(callback), 1),
  'a callback of the kernel’s': callback => stat('/', callback),
}

const WAYS: Record<string, (socket: net.Socket) => unknown> = {
  destroyed: socket => socket.destroy(),
  'destroyed with an error': socket =>
    socket.destroy(Object.assign(new Error('no more'), { code: 'NOMORE' })),
  reset: socket => socket.resetAndDestroy(),
}

/** Nobody lets virtual time pass meanwhile: it takes none. */
const closedFrom = async (
  notes: Notes,
  from: From,
  pairs: readonly Pair[],
  close: () => void,
): Promise<void> => {
  const closed = pairs.map(({ ours }, n) => event(notes.watch(`S${n}`, ours), 'close'))
  from(() => {
    notes.note('before')
    close()
    notes.note('after')
  })
  await Promise.all(closed)
}

const end = async (world: World, pairs: readonly Pair[]): Promise<void> => {
  for (const { theirs } of pairs) theirs.destroy()
  await world.settle()
}

const single = (way: (socket: net.Socket) => unknown, from: From): Situation => {
  return async (world, notes) => {
    const pairs = [await accepted(world)]
    await closedFrom(notes, from, pairs, () => way(pairs[0]!.ours))
    await end(world, pairs)
  }
}

const singles = Object.entries(PHASES).flatMap(([phase, from]) =>
  Object.entries(WAYS).map(([how, way]) => [`${how} in ${phase}`, single(way, from)] as const),
)

export const closing: Record<string, Situation> = {
  ...Object.fromEntries(singles),

  'two sockets destroyed in a timer': async (world, notes) => {
    const pairs = [await accepted(world), await dialled(world)]
    await closedFrom(notes, PHASES['a timer']!, pairs, () => {
      for (const { ours } of pairs) ours.destroy()
    })
    await end(world, pairs)
  },

  'a socket destroyed within another’s close': async (world, notes) => {
    const pairs = [await accepted(world), await accepted(world)]
    pairs[0]!.ours.on('close', () => pairs[1]!.ours.destroy())
    await closedFrom(notes, PHASES['a timer']!, pairs, () => pairs[0]!.ours.destroy())
    await end(world, pairs)
  },

  'immediates around a close': async (world, notes) => {
    const pairs = [await accepted(world)]
    await closedFrom(notes, PHASES['a timer']!, pairs, () => {
      pairs[0]!.ours.destroy()
      setImmediate(() => setImmediate(() => notes.note('an immediate of an immediate')))
    })
    await end(world, pairs)
  },

  'a server and its last socket closed in a timer': async (world, notes) => {
    const server = world.face.createServer({})
    const port = await world.face.listen(server)
    const connection = new Promise<net.Socket>(resolve => server.once('connection', resolve))
    const theirs = world.peer.connect({ port, host: world.here }).on('error', ignore).resume()
    const ours = await world.until(connection)
    if (theirs.connecting) await world.until(event(theirs, 'connect'))
    await world.settle()
    notes.watch('server', server)
    await closedFrom(notes, PHASES['a timer']!, [{ ours, theirs }], () => {
      server.close(() => notes.note('server closed'))
      ours.destroy()
    })
    await end(world, [{ ours, theirs }])
  },
}
