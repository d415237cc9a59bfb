import { readdirSync, readFileSync } from 'node:fs'
import test from 'ava'
import { Program, ROOT } from '../cli/program.ts'

const DIRECTORY = `${ROOT}examples/bad-networks/`
const runners = new URL('./runners/register.js', import.meta.url).href

/** The examples of other runners; ava runs its own. */
const FILES = readdirSync(DIRECTORY).filter(name => name.endsWith('.test.js') && name !== 'ava.test.js')

for (const name of FILES)
  test(`examples/bad-networks/${name} passes, and ends by itself`, async t => {
    const args = ['--test-reporter=tap', '--import', runners, '--test', DIRECTORY + name]
    const { code, stdout } = await new Program(process.execPath, args).finished
    t.is(code, 0, stdout)
    const tests = readFileSync(DIRECTORY + name, 'utf8').match(/^test\(/gm)!.length
    t.regex(stdout, new RegExp(`^# pass ${tests}$`, 'm'))
  })

test('there is one for each runner', t => {
  t.deepEqual(FILES.toSorted(), [
    'dead-pool.test.js',
    'fake-timers.test.js',
    'jest.test.js',
    'vitest.test.js',
  ])
})

test('the guide shows no code but what was run', t => {
  for (const guide of ['testing-bad-networks', 'serving', 'embedding']) {
    const text = readFileSync(`${ROOT}docs/${guide}.md`, 'utf8')
    const blocks = [...text.matchAll(/(?:<!-- from (\S+) -->\n+)?```(?:js|ts)\n(.*?)```/gs)]
    t.true(blocks.length >= 1, guide)
    for (const [, file, code] of blocks) {
      t.truthy(file, `${guide}: ${code}`)
      t.true(readFileSync(ROOT + file, 'utf8').includes(code!), `${guide}: no longer in ${file}:\n${code}`)
    }
  }
})
