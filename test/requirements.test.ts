import test from 'ava'
import {
  citationsIn,
  makeIndex,
  parseCsv,
  problemsOf,
  type Requirement,
  readIndex,
  straysIn,
  summaryOf,
} from './requirements/index.ts'

test('every requirement has a test or a reason why not, and every citation a requirement', t => {
  t.deepEqual(problemsOf(readIndex()), [])
})

const row = (id: string): Requirement => ({
  id,
  rfc: '9293',
  section: '3.1',
  level: 'MUST',
  topic: '',
  requirement: '',
  howToTest: '',
})

const cites = (...ids: string[]) => [{ file: 'a.test.ts', title: 'a', ids }]

test('a row that is neither or both, an id that is none, and a reason without words are named', t => {
  const rows = ['MUST-1', 'MUST-2', 'MUST-3', 'MUST-4', 'MUST-5'].map(row)
  const open = { 'MUST-2': 'why', 'MUST-3': ' ', 'MUST-9': 'why' }
  const index = makeIndex(rows, cites('MUST-1', 'MUST-2', 'R1-1'), open, { 'MUST-4': 'why' }, ['f: SA-1'])
  t.deepEqual(problemsOf(index), [
    'MUST-2: both tested (a.test.ts) and open',
    'MUST-5: neither tested nor listed in open.ts',
    'R1-1: no such row, but a.test.ts cites it',
    'f: SA-1 is cited, but not in the title of a test that runs',
    'MUST-3: no reason is given',
    'MUST-9: no such row, but open.ts lists it',
  ])
  t.is(summaryOf(index), '2 proven, 2 open, 1 not applicable of 5')
})

test('titles are read from calls of whatever name, templates and tables of cases', t => {
  const source = `
    test('[MUST-1][SA-2] it’s one', t => {})
    test.serial("[MUST-3] two", body)
    ava(
      '[NX-27] it\\'s three', () => {})
    for (const a of b) testSeeds(\`[R6298-7] four \${a}\`, 3, body)
    export const cases = {
      '[SHLD-4] five': async () => {},
    }`
  t.deepEqual(
    citationsIn('f', source).map(({ title, ids }) => [title, ids.join()]),
    [
      ['[MUST-1][SA-2] it’s one', 'MUST-1,SA-2'],
      ['[MUST-3] two', 'MUST-3'],
      ["[NX-27] it's three", 'NX-27'],
      [`[R6298-7] four \${a}`, 'R6298-7'],
      ['[SHLD-4] five', 'SHLD-4'],
    ],
  )
})

test('tests that do not run, comments and what tests say elsewhere prove nothing', t => {
  const source = `
    /** As in test('[MUST-1] a', body) */
    // test('[MUST-1] a', body)
    test.skip('[MUST-1] a', body)
    test.serial.failing('[MUST-1] a', body)
    test.todo('[MUST-1] a')
    test('a', t => { t.log(a, '[MUST-1] a') })`
  t.deepEqual(citationsIn('f', source), [])
  t.deepEqual(straysIn('f', source), ['f: MUST-1', 'f: MUST-1', 'f: MUST-1', 'f: MUST-1'])
  t.deepEqual(straysIn('f', `test('[MUST-1] a', body)\ntest('[MUST-2] ' + b, body)`), ['f: MUST-2'])
})

test('CSV: quoted fields, doubled quotes, line ends in them, no line end at the end', t => {
  t.deepEqual(parseCsv('a,"b ""c"", d",\r\n"e\nf",,g'), [
    ['a', 'b "c", d', ''],
    ['e\nf', '', 'g'],
  ])
  t.throws(() => parseCsv('a,"b'), { message: /bad CSV/ })
})
