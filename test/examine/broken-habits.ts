/**
 * Ways to break our TCP where no rule of the state table stands: options, sizes, clocks, windows, congestion. Each is to be
 * noticed by the checks that it names; `npm run examine-mutants` tries them beside the rules of the table.
 */
import type { BrokenRule } from '../packetdrill/broken-rules.ts'
import { BROKEN_CONGESTION } from './broken-habits/congestion.ts'
import { BROKEN_HEADERS } from './broken-habits/headers.ts'
import { BROKEN_OPENING } from './broken-habits/opening.ts'
import { BROKEN_RECEIVING } from './broken-habits/receiving.ts'
import { BROKEN_SENDING } from './broken-habits/sending.ts'

export const BROKEN_HABITS: readonly BrokenRule[] = [
  ...BROKEN_HEADERS,
  ...BROKEN_OPENING,
  ...BROKEN_RECEIVING,
  ...BROKEN_SENDING,
  ...BROKEN_CONGESTION,
]
