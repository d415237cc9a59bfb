/** Long work shows how far it is: on a terminal, and nowhere else. */
import { Program, ROOT } from '../cli/program.ts'
import { missingTools, testUnless } from '../support/needs.ts'
import { onTerminal, TERMINAL } from '../support/on-terminal.ts'

const BENCH = [
  `${ROOT}scripts/bench.js`,
  ...'--only memory --figures upload --reps 1 --seconds 0.01'.split(' '),
]

testUnless(missingTools(TERMINAL))('bench: a terminal sees how far it is, a pipe does not', async t => {
  t.regex(onTerminal(...BENCH), /⠋\S* 1\/1 memory/)
  const { code, stdout, stderr } = await new Program(process.execPath, BENCH).finished
  t.is(code, 0, stderr)
  const said = stdout + stderr
  t.false(said.includes('⠋') || said.includes('\u001b'), said)
})
