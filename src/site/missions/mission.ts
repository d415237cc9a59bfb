/** A mission: an experiment that has begun, and what is to come of it. */
import type { Plan } from '../experiment/plan.ts'
import type { Seen } from './seen.ts'

/** The standing of a goal: it may still be met, it is, or it cannot be any more. */
export type Standing = 'open' | 'met' | 'missed'

export interface Goal {
  /** Names its words. */
  readonly id: string
  readonly judge: (seen: Seen) => Standing
}

export interface Mission {
  /** Names it in the address, and its words. */
  readonly id: string
  readonly plan: Plan
  readonly goals: readonly Goal[]
}

export interface Judgement {
  readonly goals: readonly { readonly id: string; readonly standing: Standing }[]
  /** Solved when all goals are met, failed when one is missed. */
  readonly verdict: 'open' | 'solved' | 'failed'
}

export const judge = (mission: Mission, seen: Seen): Judgement => {
  const goals = mission.goals.map(({ id, judge }) => ({ id, standing: judge(seen) }))
  const verdict = goals.some(({ standing }) => standing === 'missed')
    ? 'failed'
    : goals.every(({ standing }) => standing === 'met')
      ? 'solved'
      : 'open'
  return { goals, verdict }
}

/** Met when it holds; missed when `lost` holds before that. */
export const goal = (
  id: string,
  met: (seen: Seen) => boolean,
  missed: (seen: Seen) => boolean = () => false,
): Goal => ({ id, judge: seen => (met(seen) ? 'met' : missed(seen) ? 'missed' : 'open') })
