import test from 'ava'
import { namespaceTest } from '../support/namespace.ts'
import { runHere } from './program.ts'

const CASES = new URL('./examine-cases.js', import.meta.url)

namespaceTest(
  'the kernel follows what every Linux follows; the page and the capture are written',
  CASES,
  'verdicts',
)
namespaceTest('the text says what it does, and fits 80 columns', CASES, 'text')
namespaceTest('a port that nobody listens on cannot be examined', CASES, 'nobody')
namespaceTest('a target outside of the device’s network is refused', CASES, 'elsewhere')
namespaceTest('^C ends it, and nothing is left', CASES, 'interrupted')

test('bad arguments are told before a device is opened', async t => {
  const refused: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /it takes one ADDRESS\[:PORT\]/],
    [['nowhere'], /'nowhere' is no address: such as 198\.18\.7\.1:80/],
    [['192.0.2.1:0'], /a port/],
    [['192.0.2.1', '--echo', 'x'], /--echo/],
    [['192.0.2.1', '--quick', '--thorough'], /--quick and --thorough exclude each other/],
    [['192.0.2.1', '--host', '192.0.2.1/31'], /room for an examiner/],
    [
      ['192.0.2.1', '--only', 'half-clos', '--only', 'half-closs'],
      /--only: no check begins with 'half-closs' \(did you mean 'half-close'\?\): --list has their names/,
    ],
  ]
  for (const [args, message] of refused) {
    const { code, stderr } = await runHere(['examine', ...args])
    t.is(code, 2, stderr)
    t.regex(stderr, message)
  }
})

test('the checks are listed', async t => {
  const { code, stdout } = await runHere(['examine', '--list'])
  t.is(code, 0)
  t.true(stdout.trim().split('\n').length > 280)
})
