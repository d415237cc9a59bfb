#!/usr/bin/env node
/**
 * Holds our stack, with the profile of Linux, against the kernel that is there: segments of any kind in every state, and
 * sequences of calls and segments, each from a seed. Prints what is the same, which rule explains what is not
 * (test/differential/explained.ts), and each difference that none does; the exit code is 1 when there is one. As root.
 *
 *   npm run differential                       # 300 segments
 *   npm run differential -- segment 1 25000    # so many, from that seed on
 *   npm run differential -- sequence 1 300     # calls and segments
 *   npm run differential -- fresh 400          # so many of each, from a seed that the clock picks
 *   TUNTCP_ALL=1 npm run differential …        # also prints the differences that rules explain
 */
import { spawnSync } from 'node:child_process'
import process from 'node:process'

const module = new URL('../dist/test/differential/run.js', import.meta.url).pathname
const { status, error } = spawnSync(
  'unshare',
  ['--net', process.execPath, module, ...process.argv.slice(2)],
  {
    stdio: 'inherit',
  },
)
if (error) throw error
process.exitCode = status ?? 1
