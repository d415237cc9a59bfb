import type { Turn } from '../base/turns.ts'

/** A channel, which tells one thing in a turn. */
export interface Teller {
  /** As a {@link Turn}. */
  takeTurn(): unknown
}

/** A turn of some channel's. */
export interface ChannelTurn {
  teller: Teller | null
  readonly turn: Turn
}

/** Turns that are kept for reuse, by all channels together. */
const POOL = 1024
const pool: ChannelTurn[] = []

const make = (): ChannelTurn => {
  const made: ChannelTurn = { teller: null, turn: () => made.teller!.takeTurn() }
  return made
}

/** A turn for a channel that has something to tell: most have nothing at most times. */
export const lendTurn = (teller: Teller): ChannelTurn => {
  const lent = pool.pop() ?? make()
  lent.teller = teller
  return lent
}

/** It is over. */
export const giveTurnBack = (lent: ChannelTurn): void => {
  lent.teller = null
  if (pool.length < POOL) pool.push(lent)
}
