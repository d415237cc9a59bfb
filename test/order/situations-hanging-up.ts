/** The situations in which both directions of a connection are over before its reader has read everything. */
import type net from 'node:net'
import { accepted, event, gone, type Situation, tell } from './situations.ts'
import type { World } from './world.ts'

/** The peer has reset it, and the reset has arrived. */
const reset = async (world: World, socket: net.Socket): Promise<void> => {
  socket.resetAndDestroy()
  await gone(world, socket)
}

/** What arrives at a peer of which nothing more is known: bytes, and how it ends. */
const listen = (socket: net.Socket): { bytes: number; end: string } => {
  const heard = { bytes: 0, end: '' }
  socket.on('data', data => {
    heard.bytes += data.length
  })
  socket.on('end', () => {
    heard.end += 'end '
    socket.end()
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    heard.end += `${error.code} `
  })
  return heard
}

const situations: Record<string, Situation> = {
  'data and a reset that have come': async (world, notes, size) => {
    const pair = await accepted(world)
    await tell(world, pair, size, false)
    await reset(world, pair.theirs)
    const read = notes.watchData('S', notes.watch('S', pair.ours).resume())
    await gone(world, pair.ours)
    notes.fact(`${read.bytes}`)
  },

  'data and a reset that have come, paused within data': async (world, notes, size) => {
    const pair = await accepted(world)
    await tell(world, pair, size, false)
    await reset(world, pair.theirs)
    const { ours } = pair
    notes.watch('S', ours)
    ours.once('data', () => {
      ours.pause()
      setImmediate(() => ours.resume())
    })
    ours.resume()
    await gone(world, ours)
  },

  'data with its end, when this side has ended': async (world, notes, size) => {
    const pair = await accepted(world)
    const { ours, theirs } = pair
    ours.end('all')
    theirs.resume()
    await world.until(event(theirs, 'end'))
    await tell(world, pair, size, true)
    const read = notes.watchData('S', notes.watch('S', ours).resume())
    await gone(world, ours, theirs)
    notes.fact(`${read.bytes}`)
  },

  'written and reset in one turn': async (world, notes, size) => {
    const { ours, theirs } = await accepted(world)
    const heard = listen(theirs)
    notes.watch('S', ours)
    ours.write(Buffer.alloc(size), () => notes.note('S wrote'))
    ours.resetAndDestroy()
    await gone(world, ours, theirs)
    notes.fact(`${heard.bytes} ${heard.end}`)
  },

  'answered and destroyed, with data that nobody has read': async (world, notes, size) => {
    const pair = await accepted(world)
    const heard = listen(pair.theirs)
    await tell(world, pair, size, false)
    notes.watch('S', pair.ours)
    pair.ours.write('no', () => notes.note('S wrote'))
    pair.ours.destroy()
    await gone(world, pair.ours, pair.theirs)
    notes.fact(`${heard.bytes} ${heard.end}`)
  },
}

/** Situations in which the reader asks for more only when ticks have come. */
const asking: Record<string, Situation> = {
  'readable and read, with the end': async (world, notes, size) => {
    const pair = await accepted(world)
    await tell(world, pair, size, true)
    const { ours } = pair
    let bytes = 0
    notes.watch('S', ours).on('readable', () => {
      for (let data: Buffer | null = ours.read(); data !== null; data = ours.read()) {
        bytes += data.length
        notes.note('S data')
      }
    })
    pair.theirs.resume()
    await gone(world, ours)
    notes.fact(`${bytes}`)
  },

  'ended in a timer, and resumed when that is told': async (world, notes, size) => {
    const pair = await accepted(world)
    await tell(world, pair, size, true)
    const { ours } = pair
    notes.watchData('S', notes.watch('S', ours))
    ours.pause()
    setTimeout(() => ours.end(() => process.nextTick(() => ours.resume())), 1)
    pair.theirs.resume()
    await gone(world, ours)
  },

  'an empty write after a reset': async (world, notes) => {
    const { ours, theirs } = await accepted(world)
    await reset(world, theirs)
    notes.watch('S', ours)
    ours.write('', error => notes.note(`S wrote: ${(error as NodeJS.ErrnoException | null)?.code}`))
    await gone(world, ours)
  },
}

/**
 * Sizes that fill readings, and that leave one in part; where it matters how much one reading brings, one byte only, and where it
 * matters how much leaves at once, no more than a first window.
 */
const SIZES: Record<string, readonly number[]> = {
  'data and a reset that have come, paused within data': [1],
  'written and reset in one turn': [1, 10_000],
  'readable and read, with the end': [1, 65_536],
  'ended in a timer, and resumed when that is told': [1],
  'an empty write after a reset': [0],
}

export const hangingUp = Object.entries({ ...situations, ...asking }).flatMap(([name, situation]) =>
  (SIZES[name] ?? [1, 65_536, 100_000]).map(size => ({ name: `${name}: ${size}`, situation, size })),
)
