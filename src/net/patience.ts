/** A time that somebody else has to answer in. */
import { clearInterval, setInterval } from './real-timers.ts'

/** Looks within a time, at most. */
const LOOKS = 50

/**
 * Calls back when `ms` have gone in which the event loop had its turns: a machine that stands still for that long is no reason to
 * give somebody up, who has stood still, too, or whose answer has yet to be read.
 * @returns what calls it off
 */
export const patiently = (ms: number, callback: () => void): (() => void) => {
  let left = Math.max(1, Math.min(LOOKS, Math.floor(ms)))
  const timer = setInterval(() => {
    if (--left > 0) return
    clearInterval(timer)
    callback()
  }, ms / left)
  return () => clearInterval(timer)
}
