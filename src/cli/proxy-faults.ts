/** Faults as `tuntcp proxy --fault` takes them: `[PROXY] [upstream|downstream] NAME=VALUE…`. */
import type { LinkFaults } from '../faults/link-faults.ts'
import { faultsOfWords } from '../faults/words.ts'
import { STREAMS, type Stream } from '../proxy/lane.ts'
import { suggestion } from './arguments.ts'
import { UsageError } from './command.ts'

export interface FaultRule {
  /** The name of a proxy, or a host that is reached by SOCKS; null: everything. */
  readonly where: string | null
  /** Null: both directions. */
  readonly stream: Stream | null
  readonly faults: LinkFaults
}

/** @throws UsageError */
export const faultRule = (text: string, option = '--fault'): FaultRule => {
  const words = text.split(/\s+/).filter(word => word !== '')
  const first = words.findIndex(word => word.includes('='))
  const selectors = first < 0 ? words : words.slice(0, first)
  if (first < 0)
    throw new UsageError(`${option} needs NAME=VALUE, such as loss=5%, and has none in '${text}'`)
  let where: string | null = null
  let stream: Stream | null = null
  for (const word of selectors) {
    const named = STREAMS.find(name => name === word)
    if (named !== undefined && stream === null) stream = named
    else if (where === null && named === undefined) where = word
    else
      throw new UsageError(
        `${option} is [PROXY] [upstream|downstream] NAME=VALUE…, and '${word}' is too much in '${text}'${suggestion(word, STREAMS)}`,
      )
  }
  try {
    return { where, stream, faults: faultsOfWords(words.slice(first)) }
  } catch (error) {
    throw new UsageError(`${option}: ${(error as Error).message}`)
  }
}
