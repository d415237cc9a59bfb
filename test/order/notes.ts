/** The way in which the situations of the order test are written down. */
import type { EventEmitter } from 'node:events'
import type net from 'node:net'
import type { World } from './world.ts'

/** The notes: what happens, and the tick, the promise and the immediate that each thing begins. */
export class Notes {
  readonly lines: string[] = []

  /** Writes a line, and others when its tick, its promise and its immediate have their turn. */
  readonly note = (what: string): void => {
    this.lines.push(what)
    process.nextTick(() => this.lines.push(`${what}, tick`))
    void Promise.resolve().then(() => this.lines.push(`${what}, promise`))
    setImmediate(() => this.lines.push(`${what}, immediate`))
  }

  /** Writes a line without anything that follows from it. */
  readonly fact = (what: string): void => {
    this.lines.push(what)
  }

  /** Writes the events of a socket. */
  watch<T extends EventEmitter>(name: string, socket: T): T {
    for (const event of ['connect', 'ready', 'end', 'finish', 'drain', 'timeout', 'secureConnect'])
      socket.on(event, () => this.note(`${name} ${event}`))
    socket.on('error', (error: NodeJS.ErrnoException) =>
      this.note(`${name} error ${error.code} ${error.syscall}`),
    )
    socket.on('close', hadError => this.note(`${name} close ${hadError}`))
    return socket
  }

  /** Writes that there is data, and counts it; how it is cut is the network's affair. */
  watchData(name: string, socket: net.Socket): { bytes: number } {
    const read = { bytes: 0 }
    socket.on('data', (data: Buffer | string) => {
      read.bytes += data.length
      if (data.length > 65_536) this.fact(`${name} data of ${data.length} bytes`)
      this.note(`${name} data`)
    })
    return read
  }

  /**
   * The lines, with the same thing several times in a row written once: reads of one wake-up, which the immediates of all of
   * them follow, and such wake-ups.
   */
  get protocol(): string[] {
    let lines = this.lines
    for (let length = 1; length <= LONGEST; length++) lines = once(lines, length)
    return lines
  }
}

/** The longest sequence of lines that may be written once: a wake-up of two sockets, and what they answer. */
const LONGEST = 16

const once = (lines: readonly string[], length: number): string[] => {
  const result: string[] = []
  for (const line of lines) {
    result.push(line)
    const last = result.slice(-length)
    if (!last.every(text => text.includes(' data'))) continue
    const before = result.slice(-2 * length, -length)
    if (before.length === length && before.every((text, i) => text === last[i])) result.length -= length
  }
  return result
}

/** The notes of a situation in a world, which is closed then. */
export const protocolOf = async (
  world: World,
  situation: (world: World, notes: Notes, size: number) => Promise<void>,
  size: number,
): Promise<string[]> => {
  const notes = new Notes()
  await situation(world, notes, size)
  await world.close()
  return notes.protocol
}
