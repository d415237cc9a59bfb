/** Each experiment, between two hosts of ours in virtual time, shows what it must. One by one: a lab has one run at a time. */
import test from 'ava'
import { LABS } from '../../src/lab/labs/all.ts'
import { reportOf } from '../../src/lab/report.ts'
import { runVirtual } from '../../src/lab/run-virtual.ts'

const SEEDS = [1]

for (const lab of LABS.filter(({ needsKernel }) => needsKernel === undefined))
  test.serial(`${lab.name}: ${lab.summary}`, async t => {
    for (const seed of [lab.name, ...SEEDS]) {
      const result = await runVirtual(lab, seed)
      t.true(result.findings.all.length > 0)
      t.deepEqual(
        result.findings.failed,
        [],
        `seed ${seed}\n${reportOf(result, { ladder: true, log: false, full: false })}`,
      )
    }
  })

test.serial('a run follows from its seed alone', async t => {
  const [lab] = LABS
  const [first, again, other] = [
    await runVirtual(lab!, 7),
    await runVirtual(lab!, 7),
    await runVirtual(lab!, 8),
  ]
  t.deepEqual(JSON.stringify(again.run.segments), JSON.stringify(first.run.segments))
  t.notDeepEqual(JSON.stringify(other.run.segments), JSON.stringify(first.run.segments))
})

test('the twenty experiments have names of their own', t => {
  t.is(LABS.length, 20)
  t.is(new Set(LABS.map(({ name }) => name)).size, 20)
})
