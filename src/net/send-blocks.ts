/** Blocks for text that waits to be acknowledged, used again and again by all connections together. */
import { clearInterval, setInterval } from './real-timers.ts'

/** Bytes of the smallest and of the largest block; each size is twice the one before. */
export const SMALLEST = 2048
export const LARGEST = 65_536
/** Bytes of all blocks together that are kept for whoever needs one next. */
const KEPT = 16 * 1024 * 1024
/** Blocks that nobody has needed for so long are given back, ms. */
const PERIOD = 5000

/** Blocks of one size that nobody uses, and the fewest there were since the last look: so many nobody needs. */
interface Shelf {
  readonly blocks: Buffer[]
  least: number
}

const shelves = new Map<number, Shelf>()
for (let size = SMALLEST; size <= LARGEST; size *= 2) shelves.set(size, { blocks: [], least: 0 })

let kept = 0
let looking: NodeJS.Timeout | null = null

/** Gives back what nobody has needed for a while. */
const look = (): void => {
  for (const [size, shelf] of shelves) {
    shelf.blocks.splice(0, shelf.least)
    kept -= shelf.least * size
    shelf.least = shelf.blocks.length
  }
  if (kept > 0 || looking === null) return
  clearInterval(looking)
  looking = null
}

/** A block of `size` bytes: {@link SMALLEST}, twice that, and so on up to {@link LARGEST}. */
export const takeBlock = (size: number): Buffer => {
  const shelf = shelves.get(size)!
  const block = shelf.blocks.pop()
  if (block === undefined) return Buffer.allocUnsafeSlow(size)
  kept -= size
  if (shelf.blocks.length < shelf.least) shelf.least = shelf.blocks.length
  return block
}

/** Nobody uses the block any more. */
export const leaveBlock = (block: Buffer): void => {
  if (kept + block.length > KEPT) return
  kept += block.length
  shelves.get(block.length)!.blocks.push(block)
  looking ??= setInterval(look, PERIOD).unref()
}
