import { type Situation, sized } from './situations.ts'
import { closing } from './situations-closing.ts'
import { connecting } from './situations-connecting.ts'
import { hangingUp } from './situations-hanging-up.ts'
import { overHttp2, overTls } from './situations-layered.ts'
import { opening } from './situations-opening.ts'

export interface Named {
  readonly name: string
  readonly situation: Situation
  readonly size: number
}

const named = (group: Record<string, Situation>): Named[] =>
  Object.entries(group).map(([name, situation]) => ({ name, situation, size: 0 }))

/** All situations, those in which bytes count with several sizes. */
export const situations: readonly Named[] = [
  ...sized,
  ...hangingUp,
  ...named({ ...opening, ...connecting, ...closing, ...overTls, ...overHttp2 }),
]
