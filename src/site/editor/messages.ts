/** The messages between the page of the editor and its worker. */
import type { Lane, RaceOptions } from './race.ts'

export interface Asked {
  /** A script that registers a controller. */
  readonly code: string
  readonly options: RaceOptions
}

export type Told =
  /** From 0 to 1. */
  | { readonly tell: 'moved'; readonly part: number }
  | { readonly tell: 'done'; readonly lanes: readonly Lane[] }
  | { readonly tell: 'wrong'; readonly message: string; readonly line: number | null }
