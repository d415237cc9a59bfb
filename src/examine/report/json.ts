/** The results of an examination, for programs. */
import type { Examined } from '../results.ts'

/** Times are ms from the first packet of a check on. */
export const examinedObject = ({ results, ...rest }: Examined): object => ({
  ...rest,
  results: results.map(({ log, ...result }) => ({
    ...result,
    packets: log.map(({ time, direction, text }) => ({
      time: Number((time - log[0]!.time).toFixed(3)),
      direction,
      text,
    })),
  })),
})
