/** The shell at the end of the demo: the log is shown while a command runs and before the next prompt, never between. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { missingTools, testUnless } from '../support/needs.ts'
import { ROOT } from './program.ts'

const OPENS = '20:00:00.000: 192.0.2.1:40000 → 192.0.2.2:80  LISTEN → SYN_RECEIVED  SYN  §3.10.7.2'
const ENDS = '20:00:01.000: 192.0.2.1:40000 → 192.0.2.2:80  TIME_WAIT → CLOSED  2MSL timeout  §3.10.8'
const SEGMENT = '20:00:00.000: < IP 192.0.2.1.40000 > 192.0.2.2.80: Flags [S], seq 1, win 64240, length 0'

const bash = (script: string): string => {
  const directory = mkdtempSync(join(tmpdir(), 'tuntcp-test-'))
  try {
    const { stdout, stderr, status } = spawnSync(
      'bash',
      ['-c', `. scripts/demo-shell.bash; ${script}`, 'bash', OPENS, SEGMENT, ENDS],
      { cwd: ROOT, env: { ...process.env, HOME: directory, DEMO: directory }, encoding: 'utf8' },
    )
    if (status !== 0) throw new Error(stderr)
    return `${stdout}left: ${readdirSync(directory).join(' ')}`
  } finally {
    rmSync(directory, { recursive: true })
  }
}

const withBash = testUnless(missingTools('bash'))

withBash('while a command runs its transitions are shown, segments are not', t => {
  t.is(bash('demo_begin; printf "%s\\n" "$@" | demo_log'), `${OPENS}\n${ENDS}\nleft: busy`)
})

withBash('what comes while somebody types is shown before the next prompt, once', t => {
  t.is(bash('printf "%s\\n" "$@" | demo_log'), 'left: pending')
  t.is(
    bash('printf "%s\\n" "$@" | demo_log; echo typed; demo_end; echo prompt; demo_end'),
    `typed\n${OPENS}\n${ENDS}\nprompt\nleft: `,
  )
})

withBash('a command that has ended shows nothing any more', t => {
  t.is(bash('demo_begin; demo_end; printf "%s\\n" "$@" | demo_log'), 'left: pending')
})
