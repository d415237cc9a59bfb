/** The situations of the order test on plain sockets: what a script sees, in its order. */
import type net from 'node:net'
import { CHANNEL } from '../../src/net/socket-state.ts'
import type { Connection } from '../../src/tcp/block/connection.ts'
import type { Notes } from './notes.ts'
import type { World } from './world.ts'

/** A script; `size` is how many bytes it has to do with. */
export type Situation = (world: World, notes: Notes, size: number) => Promise<void>

export const event = (from: NodeJS.EventEmitter, name: string): Promise<void> =>
  new Promise(resolve => from.once(name, () => resolve()))

/** Two ends of a connection that {@link World.face} has accepted or opened: ours, which is looked at, and the other. */
export interface Pair {
  readonly ours: net.Socket
  readonly theirs: net.Socket
}

const ignore = () => {}

/** Our server's socket, paused, and its client, who may do something first; both know of each other. */
export const accepted = async (
  world: World,
  options: net.ServerOpts = {},
  clientOptions: Partial<net.TcpNetConnectOpts> = {},
): Promise<Pair> => {
  const { face, peer, here } = world
  const server = face.createServer({ pauseOnConnect: true, ...options })
  const port = await face.listen(server)
  const connection = new Promise<net.Socket>(resolve => server.once('connection', resolve))
  const theirs = peer.connect({ port, host: here, allowHalfOpen: true, ...clientOptions }).on('error', ignore)
  const ours = await world.until(connection)
  if (theirs.connecting) await world.until(event(theirs, 'connect'))
  server.close()
  await world.settle()
  return { ours, theirs }
}

/** Our client's socket, paused, and the other's server's. */
export const dialled = async (world: World, options: Partial<net.TcpNetConnectOpts> = {}): Promise<Pair> => {
  const { face, peer, there } = world
  const server = peer.createServer({ allowHalfOpen: true })
  const port = await peer.listen(server)
  const connection = new Promise<net.Socket>(resolve => server.once('connection', resolve))
  const ours = face.connect({ port, host: there, ...options }).pause()
  const theirs = (await world.until(connection)).on('error', ignore)
  if (ours.connecting) await world.until(event(ours, 'connect'))
  server.close()
  await world.settle()
  return { ours, theirs }
}

/** The connection of a socket of ours, of a face's own or of Node's on a handle; null for a kernel's. */
const connectionOf = (socket: net.Socket): Connection | null => {
  const { [CHANNEL]: channel, _handle: handle } = socket as unknown as {
    [CHANNEL]?: { connection: Connection }
    _handle?: { connection?: Connection }
  }
  return channel?.connection ?? handle?.connection ?? null
}

/** The other end writes, and ends if it is to; all of it has arrived at ours, which is paused. */
export const tell = async (world: World, pair: Pair, size: number, end: boolean): Promise<void> => {
  const { ours, theirs } = pair
  if (size > 0) await world.until(new Promise(resolve => theirs.write(Buffer.alloc(size, 120), resolve)))
  if (end) theirs.end()
  const connection = connectionOf(ours)
  do await world.settle()
  while (connection !== null && (connection.receiveQueue.length < size || connection.finReceived !== end))
}

export const gone = async (world: World, ...sockets: net.Socket[]): Promise<void> => {
  for (const socket of sockets) if (!socket.closed) await world.until(event(socket, 'close'))
  await world.settle()
}

const both = async (world: World, { ours, theirs }: Pair): Promise<void> => {
  theirs.resume().end()
  await gone(world, ours, theirs)
}

/** The events of a receiver of data; each ends with the other's end. */
const receiving: Record<string, Situation> = {
  'data that has come': async (world, notes, size) => {
    const pair = await accepted(world)
    await tell(world, pair, size, false)
    const read = notes.watchData('S', notes.watch('S', pair.ours).resume())
    await world.settle()
    notes.fact(`${read.bytes}`)
    await both(world, pair)
  },

  'data with its end': async (world, notes, size) => {
    const pair = await accepted(world)
    await tell(world, pair, size, true)
    const read = notes.watchData('S', notes.watch('S', pair.ours).resume())
    await both(world, pair)
    notes.fact(`${read.bytes}`)
  },

  'data with its end, half-open': async (world, notes, size) => {
    const pair = await accepted(world, { allowHalfOpen: true })
    await tell(world, pair, size, true)
    const read = notes.watchData('S', notes.watch('S', pair.ours).resume())
    await world.until(event(pair.ours, 'end'))
    await world.settle()
    pair.ours.end('late', () => notes.note('S ended'))
    await both(world, pair)
    notes.fact(`${read.bytes}`)
  },

  'two sockets with data and their ends': async (world, notes, size) => {
    const [one, two] = [await accepted(world), await accepted(world)]
    for (const pair of [one, two]) await tell(world, pair, size, true)
    for (const [name, pair] of [['S1', one] as const, ['S2', two] as const])
      notes.watchData(name, notes.watch(name, pair.ours).resume())
    await both(world, one)
    await both(world, two)
  },

  'pause within data, resume an immediate later': async (world, notes, size) => {
    const pair = await accepted(world)
    await tell(world, pair, size, true)
    const { ours } = pair
    notes.watch('S', ours).resume()
    const read = notes.watchData('S', ours)
    ours.once('data', () => {
      ours.pause()
      setImmediate(() => {
        notes.fact('resume')
        ours.resume()
      })
    })
    await both(world, pair)
    notes.fact(`${read.bytes}`)
  },

  'pause in the tick after data': async (world, notes, size) => {
    const pair = await accepted(world)
    await tell(world, pair, size, true)
    const { ours } = pair
    notes.watch('S', ours).resume()
    const read = notes.watchData('S', ours)
    ours.once('data', () => process.nextTick(() => ours.pause()))
    await world.settle()
    notes.fact('resume')
    ours.resume()
    await both(world, pair)
    notes.fact(`${read.bytes}`)
  },

  'destroy within data': async (world, notes, size) => {
    const pair = await accepted(world)
    await tell(world, pair, size, true)
    notes.watch('S', pair.ours).resume()
    notes.watchData('S', pair.ours)
    pair.ours.once('data', () => pair.ours.destroy())
    await both(world, pair)
  },

  'destroy after an await within data': async (world, notes, size) => {
    const pair = await accepted(world)
    await tell(world, pair, size, false)
    notes.watch('S', pair.ours).resume()
    notes.watchData('S', pair.ours)
    pair.ours.once('data', async () => {
      await null
      pair.ours.destroy()
    })
    await both(world, pair)
  },

  'end within data': async (world, notes, size) => {
    const pair = await accepted(world)
    await tell(world, pair, size, true)
    notes.watch('S', pair.ours).resume()
    notes.watchData('S', pair.ours)
    pair.ours.once('data', () => pair.ours.end('bye', () => notes.note('S ended')))
    await both(world, pair)
  },

  'an answer after an await, with the end there': async (world, notes, size) => {
    const pair = await accepted(world)
    await tell(world, pair, size, true)
    notes.watch('S', pair.ours).resume()
    notes.watchData('S', pair.ours)
    pair.ours.once('data', async () => {
      await null
      pair.ours.end('answer', () => notes.note('S answered'))
    })
    let answer = ''
    pair.theirs.on('data', data => {
      answer += data
    })
    await both(world, pair)
    notes.fact(answer)
  },

  'reset within data': async (world, notes, size) => {
    const pair = await accepted(world)
    await tell(world, pair, size, false)
    notes.watch('S', pair.ours).resume()
    notes.watchData('S', pair.ours)
    pair.ours.once('data', () => pair.ours.resetAndDestroy())
    await both(world, pair)
  },

  'an abort signal within data': async (world, notes, size) => {
    const pair = await dialledWithSignal(world)
    await tell(world, pair, size, false)
    notes.watch('C', pair.ours).resume()
    notes.watchData('C', pair.ours)
    pair.ours.once('data', () => pair.abort())
    await both(world, pair)
  },

  'one event after the other, by once()': async (world, notes, size) => {
    const pair = await accepted(world)
    await tell(world, pair, size, true)
    const { ours } = pair
    let [bytes, ended] = [0, false]
    notes.watch('S', ours).resume()
    const reading = async () => {
      const end = event(ours, 'end').then(() => {
        ended = true
      })
      while (!ended) {
        const data = new Promise<Buffer>(resolve => ours.once('data', resolve))
        await Promise.race([data, end])
        if (!ended) bytes += (await data).length
      }
    }
    await world.until(reading())
    await both(world, pair)
    notes.fact(`${bytes} of ${ours.bytesRead}`)
  },

  'for await': async (world, notes, size) => {
    const pair = await accepted(world)
    await tell(world, pair, size, true)
    notes.watch('S', pair.ours)
    let bytes = 0
    const reading = (async () => {
      for await (const data of pair.ours) {
        bytes += data.length
        await null
      }
      notes.note('S read')
    })()
    await world.until(reading)
    await both(world, pair)
    notes.fact(`${bytes}`)
  },

  'readable and read': async (world, notes, size) => {
    const pair = await accepted(world)
    await tell(world, pair, size, true)
    const { ours } = pair
    notes.watch('S', ours)
    let bytes = 0
    ours.on('readable', () => {
      for (let data = ours.read(); data !== null; data = ours.read()) bytes += data.length
    })
    await both(world, pair)
    notes.fact(`${bytes}`)
  },

  'an echo by pipe': async (world, notes, size) => {
    const pair = await accepted(world)
    let bytes = 0
    pair.theirs.on('data', data => {
      bytes += data.length
    })
    await tell(world, pair, size, true)
    notes.watch('S', pair.ours)
    pair.ours.pipe(pair.ours)
    await both(world, pair)
    notes.fact(`${bytes}`)
  },
}

const dialledWithSignal = async (world: World): Promise<Pair & { abort(): void }> => {
  const controller = new AbortController()
  const pair = await dialled(world, { signal: controller.signal } as Partial<net.TcpNetConnectOpts>)
  return { ...pair, abort: () => controller.abort() }
}

/**
 * The sizes for situations in which it matters how much one reading brings, which is the network's affair: one byte only, or no
 * megabyte.
 */
const SIZES: Record<string, readonly number[]> = {
  'pause within data, resume an immediate later': [1],
  'pause in the tick after data': [1],
  'two sockets with data and their ends': [1, 65_536],
  'end within data': [1, 65_536],
  'an answer after an await, with the end there': [1, 65_536],
}

export const sized = Object.entries(receiving).flatMap(([name, situation]) =>
  (SIZES[name] ?? [1, 65_536, 1_000_000]).map(size => ({ name: `${name}: ${size}`, situation, size })),
)
