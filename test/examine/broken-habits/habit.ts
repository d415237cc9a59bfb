import type { BrokenRule } from '../../packetdrill/broken-rules.ts'

/** @param ids names of the checks that are to notice it */
export const habit = (ids: string, file: string, from: string, to: string): BrokenRule => ({
  ids,
  file,
  from,
  to,
})
