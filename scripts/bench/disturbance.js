/** The part of the machine that others have taken meanwhile: a busy minute must be seen in the figures. */
import { readFileSync } from 'node:fs'

const TICKS = 100

/** CPU seconds that all cores were busy so far, the host's theft included. */
export const parseBusy = text => {
  const [, user, nice, system, , , irq, softirq, steal] = text.split('\n', 1)[0].split(/ +/).map(Number)
  return (user + nice + system + irq + softirq + steal) / TICKS
}

const busy = () => parseBusy(readFileSync('/proc/stat', 'utf8'))

/**
 * Begins to watch; the function it returns is given the CPU seconds of those who belong to it, and tells what share of one
 * core all others have had.
 */
export const watchOthers = () => {
  const before = busy()
  const start = performance.now()
  return own => Math.max(0, busy() - before - own) / ((performance.now() - start) / 1000)
}
