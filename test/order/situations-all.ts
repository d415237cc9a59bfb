import { type Situation, sized } from './situations.ts'
import { opening } from './situations-opening.ts'

/** All situations, those in which bytes count with several sizes. */
export const situations: readonly { name: string; situation: Situation; size: number }[] = [
  ...sized,
  ...Object.entries(opening).map(([name, situation]) => ({ name, situation, size: 0 })),
]
