/** Chinese for what the stack, the labs and explanations say. */
import type { Speech } from '../../view/parts/speech.ts'
import { Phrasebook } from './phrasebook.ts'
import { CHECKS } from './zh-checks.ts'
import { EXPLAIN } from './zh-explain.ts'
import { REASONS } from './zh-reasons.ts'
import { REFUSALS } from './zh-refusals.ts'
import { RULES } from './zh-rules.ts'
import { STACK } from './zh-stack.ts'

export const zh: Speech = {
  say: new Phrasebook('；', [STACK, EXPLAIN, CHECKS, REFUSALS]).say,
  rules: RULES,
  reasons: REASONS,
}
