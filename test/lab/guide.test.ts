/** The guide: a page for each lab, its ladder as the tool prints it, its filters such that they find something. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { countsOf, filtersOf, questionsOf, withLadder } from '../../src/lab/guide.ts'
import { LABS } from '../../src/lab/labs/all.ts'
import { ladderOf } from '../../src/lab/report.ts'
import { runVirtual } from '../../src/lab/run-virtual.ts'
import { missingTools, testUnless } from '../support/needs.ts'

// From dist/test/lab.
const DIRECTORY = fileURLToPath(new URL('../../../docs/labs/', import.meta.url))

const pageOf = (name: string): string => readFileSync(join(DIRECTORY, `${name}.md`), 'utf8')

/** How many packets each filter lets through: all are asked at once, as the tool takes longer to start than to count. */
const counted = (file: string, filters: readonly string[]): readonly number[] => {
  // (Commas are between filters.)
  for (const filter of filters) if (filter.includes(',')) throw new Error(`a comma in '${filter}'`)
  const table = execFileSync('tshark', ['-q', '-r', file, '-z', `io,stat,0,${filters.join(',')}`], {
    stdio: ['ignore', 'pipe', 'ignore'],
    encoding: 'utf8',
  })
  // The whole time is one row, frames and bytes of each filter; there is none where no packet came.
  const row = /^\|[^|]*<>[^|]*\|(.*)\|$/m.exec(table)
  if (row === null && !/^\| Interval /m.test(table)) throw new Error(`not understood: ${table}`)
  const cells = (row?.[1] ?? '').split('|').map(Number)
  return filters.map((_, i) => cells[2 * i] ?? 0)
}

const tsharkTest = testUnless(missingTools('tshark'), test.serial)

test('there is a page for each lab, and the index leads to all of them', t => {
  const index = pageOf('README')
  for (const { name } of LABS) t.true(index.includes(`](${name}.md)`), name)
  for (const guide of ['', 'zh'])
    t.is(readdirSync(join(DIRECTORY, guide)).filter(name => name.endsWith('.md')).length, LABS.length + 1)
  for (const { name } of LABS) t.true(pageOf('zh/README').includes(`](${name}.md)`), name)
})

for (const lab of LABS) {
  test(`the page of ${lab.name} is well made, and its links lead somewhere`, t => {
    const page = pageOf(lab.name)
    t.true(page.startsWith(`# ${lab.name}: `))
    for (const title of ['What to look at', 'In Wireshark', 'What surprises people'])
      t.true(page.includes(`\n## ${title}\n`), title)
    const lines = page.split('\n').length
    t.true(lines >= 40 && lines <= 130, `${lines} lines`)
    t.is(page.match(/^## Questions\n/gm)?.length, 1)
    t.is(questionsOf(page).length, 3)
    t.true(countsOf(page).length === 0 || lab.needsKernel === undefined)
    for (const [, link] of page.matchAll(/\]\(([a-z0-9-]+)\.md\)/g))
      t.true(existsSync(join(DIRECTORY, `${link}.md`)), link)
    t.true(filtersOf(page).length >= 3)
  })
  test(`the Chinese page of ${lab.name} has the ladder, the filters and the figures of the English one`, t => {
    const [page, chinese] = [pageOf(lab.name), pageOf(`zh/${lab.name}`)]
    t.true(chinese.startsWith(`# ${lab.name}：`))
    t.is(chinese.split('\n')[2], page.split('\n')[2])
    t.is(
      /^<!-- ladder .*<!-- \/ladder -->$/ms.exec(chinese)?.[0],
      /^<!-- ladder .*<!-- \/ladder -->$/ms.exec(page)?.[0],
    )
    t.deepEqual(filtersOf(chinese), filtersOf(page))
    t.deepEqual(countsOf(chinese), countsOf(page))
    t.is(questionsOf(chinese).length, 3)
    // As many things to look at, and as many that surprise.
    t.is(chinese.match(/^- \*\*/gm)?.length ?? 0, page.match(/^- \*\*/gm)?.length ?? 0)
    for (const [, link] of chinese.matchAll(/\]\(([a-z0-9-]+)\.md\)/g))
      t.true(existsSync(join(DIRECTORY, 'zh', `${link}.md`)), link)
  })
  if (lab.needsKernel !== undefined) continue
  test(`the page of ${lab.name} has the ladder that the tool prints`, async t => {
    const page = pageOf(lab.name)
    t.regex(page, /^<!-- ladder /m)
    t.is(withLadder(page, ladderOf(await runVirtual(lab))), page, 'npm run guide puts it there')
  })
  tsharkTest(`the filters of ${lab.name} find something in its captures`, async t => {
    const { captures } = await runVirtual(lab, lab.name, {}, { captures: true })
    const directory = mkdtempSync(join(tmpdir(), 'tuntcp-guide-'))
    try {
      const page = pageOf(lab.name)
      const figures = countsOf(page)
      const filters = [...filtersOf(page), ...figures.map(({ filter }) => filter)]
      const countsAt = (end: 'client' | 'server', filters: readonly string[]): readonly number[] => {
        const file = join(directory, `${end}.pcapng`)
        writeFileSync(file, captures[end]!)
        return counted(file, filters)
      }
      const counts = countsAt('client', filters)
      const elsewhere = filtersOf(page).filter((_, i) => counts[i] === 0)
      if (elsewhere.length > 0)
        for (const [i, count] of countsAt('server', elsewhere).entries()) t.true(count > 0, elsewhere[i])
      t.deepEqual(
        counts.slice(filters.length - figures.length),
        figures.map(({ figure }) => figure),
      )
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
}

test('a ladder drawn by hand is replaced, and rows that do not exist are refused', t => {
  const ladder = 'ms  a  b\n1\n2\n3\n4'
  const page = 'x\n\n<!-- ladder 1-1 3-4 -->\nby hand\n<!-- /ladder -->\ny\n'
  const current = withLadder(page, ladder)
  t.is(current, 'x\n\n<!-- ladder 1-1 3-4 -->\n\n```\nms  a  b\n1\n…\n3\n4\n```\n\n<!-- /ladder -->\ny\n')
  t.is(withLadder(current, ladder), current)
  t.regex(withLadder('<!-- ladder 1-2 -->\n<!-- /ladder -->', ladder), /… 2 more rows\n```/)
  t.throws(() => withLadder('<!-- ladder 3-5 -->\n<!-- /ladder -->', ladder), { message: /no rows '3-5'/ })
})

test('questions and figures of a page are found, and a figure that is not what is counted is refused', t => {
  const page =
    '## Questions\n\n1. How many?\n\n   <details><summary>Answer</summary>\n\n   2 <!-- count 2: tcp -->, no more.\n\n   </details>\n'
  t.deepEqual(questionsOf(page), [{ question: 'How many?', answer: '2 <!-- count 2: tcp -->, no more.' }])
  t.deepEqual(countsOf(page), [{ figure: 2, filter: 'tcp' }])
  t.throws(() => countsOf('3 <!-- count 2: tcp -->'), { message: /is not the one that is counted/ })
})
