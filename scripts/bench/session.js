/** The CPU time and memory that all processes of a session have used, as far as they live. */
import { readdirSync, readFileSync } from 'node:fs'

const TICKS = 100
const PAGE = 4096

/** Reads a line of /proc/PID/stat: the session, CPU seconds (user and system, in steps of 10 ms), resident bytes. */
export const parseStat = text => {
  // The name may have blanks and brackets of its own.
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  return { session: fields[3], cpu: (fields[11] + fields[12]) / TICKS, resident: fields[21] * PAGE }
}

/** { cpu: s, resident: bytes } of all together. */
export const sessionUsage = session => {
  const sum = { cpu: 0, resident: 0 }
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    try {
      const stat = parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))
      if (stat.session !== session) continue
      sum.cpu += stat.cpu
      sum.resident += stat.resident
    } catch {
      // It has just ended.
    }
  }
  return sum
}
