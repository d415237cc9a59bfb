/** Captures of labs in virtual time, as Wireshark reads them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LABS } from '../../src/lab/labs/all.ts'
import { runVirtual } from '../../src/lab/run-virtual.ts'
import { missingTools, testUnless } from '../support/needs.ts'
import { seenByTshark } from '../support/tshark.ts'

testUnless(missingTools('tshark'))(
  'captures of labs have no fault, and each transition of their end is a comment',
  async t => {
    const directory = mkdtempSync(join(tmpdir(), 'tuntcp-lab-'))
    t.teardown(() => rmSync(directory, { recursive: true, force: true }))
    for (const name of ['sequence', 'close-client', 'unread-close', 'loss', 'zero-window']) {
      const { captures, run } = await runVirtual(
        LABS.find(l => l.name === name)!,
        name,
        {},
        { captures: true },
      )
      for (const end of ['client', 'server'] as const) {
        const file = join(directory, `${name}.${end}.pcapng`)
        writeFileSync(file, captures[end]!)
        const seen = seenByTshark(file)
        t.deepEqual(seen.faults, [], file)
        const comments = seen.comments.join('\n')
        // Events without a packet, after the last one, stand at the end of the file.
        for (const { end: of, from, to, event } of run.transitions)
          if (of === end && !/timeout/.test(event ?? ''))
            t.true(comments.includes(`${from} → ${to}  ${event}`), `${file}: ${from} → ${to}`)
      }
    }
  },
)
