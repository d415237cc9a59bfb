/** CPU seconds of all processes of a session, as far as they live; ticks of 10 ms. */
import { readdirSync, readFileSync } from 'node:fs'

const TICKS = 100

/** Session, and user and system ticks, of a line of /proc/PID/stat. */
export const parseStat = text => {
  // The name may have blanks and brackets of its own.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { session: Number(fields[3]), ticks: Number(fields[11]) + Number(fields[12]) }
}

export const sessionCpu = session => {
  let sum = 0
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    try {
      const stat = parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))
      if (stat.session === session) sum += stat.ticks / TICKS
    } catch {
      // It has just ended.
    }
  }
  return sum
}
