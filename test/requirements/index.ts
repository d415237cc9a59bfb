/**
 * The requirements of the RFCs, one a row (requirements.csv), and what became of each: proven by tests that
 * cite its id in their titles (`test('[MUST-13][ST-21] …'`), or not, for a reason (open.ts).
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { NOT_APPLICABLE, OPEN } from './open.ts'

export interface Requirement {
  readonly id: string
  /** Number of the RFC. */
  readonly rfc: string
  readonly section: string
  readonly level: string
  readonly topic: string
  readonly requirement: string
  readonly howToTest: string
}

export interface Citation {
  /** Path from the root of the repository, with slashes. */
  readonly file: string
  /** The test's title; in a template `${…}` stands as written. */
  readonly title: string
  readonly ids: readonly string[]
}

export interface Index {
  readonly requirements: readonly Requirement[]
  readonly proofs: ReadonlyMap<string, readonly Citation[]>
  /** Citations that are in no title of a test that runs, as `file: id`. */
  readonly strays: readonly string[]
  readonly open: Readonly<Record<string, string>>
  readonly notApplicable: Readonly<Record<string, string>>
}

/** Records of a CSV text (RFC 4180), the header's included. @throws Error when a quote is never closed */
export const parseCsv = (text: string): string[][] => {
  const records: string[][] = []
  let record: string[] = []
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y
  while (field.lastIndex < text.length) {
    const at = field.lastIndex
    const m = field.exec(text)
    if (m === null) throw new Error(`bad CSV at ${JSON.stringify(text.slice(at, at + 40))}`)
    record.push(m[1]?.replaceAll('""', '"') ?? m[2]!)
    if (m[3] === ',') continue
    records.push(record)
    record = []
  }
  if (record.length > 0) records.push([...record, ''])
  return records
}

/** The table. @throws Error when a row has too few or too many fields, or an id comes twice */
export const readRequirements = (csv: string): Requirement[] => {
  const seen = new Set<string>()
  return parseCsv(csv)
    .slice(1)
    .map(fields => {
      const [id, rfc, section, level, topic, requirement, howToTest] = fields
      if (fields.length !== 7) throw new Error(`${id}: ${fields.length} fields instead of 7`)
      if (seen.has(id!)) throw new Error(`${id} has two rows`)
      seen.add(id!)
      return {
        id: id!,
        rfc: rfc!,
        section: section!,
        level: level!,
        topic: topic!,
        requirement: requirement!,
        howToTest: howToTest!,
      }
    })
}

const ID = /\[([A-Z]+\d*-\d+)\]/g

const idsIn = (text: string): string[] => [...text.matchAll(ID)].map(m => m[1]!)

/** The first argument of a call, when it is one string. A test that does not run proves nothing. */
const CALL = /\b([\w$]+(?:\.[\w$]+)*)\(\s*(['"`])((?:\\.|(?!\2)[^\\])*)\2\s*,/g
/** The name of a case in a table of cases (test/support/namespace.ts). */
const KEY = /^\s*(['"])((?:\\.|(?!\1)[^\\\n])*)\1\s*:/gm
const NOT_RUN = /\.(skip|todo|failing)$/

const withoutComments = (source: string): string => source.replace(/^\s*(\/\/|\/?\*).*$/gm, '')

/** Titles in a test's source that cite something. */
export const citationsIn = (file: string, source: string): Citation[] => {
  const code = withoutComments(source)
  const titles: string[] = []
  for (const [, callee, , title] of code.matchAll(CALL)) if (!NOT_RUN.test(callee!)) titles.push(title!)
  for (const [, , title] of code.matchAll(KEY)) titles.push(title!)
  return titles.flatMap(written => {
    const ids = idsIn(written)
    return ids.length === 0 ? [] : [{ file, title: written.replace(/\\(.)/gs, '$1'), ids }]
  })
}

/** Ids that a test's source cites, but not in the title of a test that runs: skipped, or written in a way unread. */
export const straysIn = (file: string, source: string): string[] => {
  const left = idsIn(withoutComments(source))
  for (const { ids } of citationsIn(file, source)) for (const id of ids) left.splice(left.indexOf(id), 1)
  return left.map(id => `${file}: ${id}`)
}

/** The tests of this repository, by path. This index's own have made-up examples. */
const testFiles = (): string[] =>
  readdirSync('test', { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && /(\.test|-cases)\.ts$/.test(entry.name))
    .map(entry => join(entry.parentPath, entry.name).split(sep).join('/'))
    .filter(path => path !== 'test/requirements.test.ts')
    .sort()

/** The index of this repository; the working directory is its root. */
export const readIndex = (): Index => {
  const sources = testFiles().map(path => [path, readFileSync(path, 'utf8')] as const)
  return makeIndex(
    readRequirements(readFileSync('test/requirements/requirements.csv', 'utf8')),
    sources.flatMap(([path, source]) => citationsIn(path, source)),
    OPEN,
    NOT_APPLICABLE,
    sources.flatMap(([path, source]) => straysIn(path, source)),
  )
}

export const makeIndex = (
  requirements: readonly Requirement[],
  citations: readonly Citation[],
  open: Readonly<Record<string, string>>,
  notApplicable: Readonly<Record<string, string>>,
  strays: readonly string[] = [],
): Index => {
  const proofs = new Map<string, Citation[]>()
  for (const citation of citations)
    for (const id of new Set(citation.ids)) {
      const of = proofs.get(id)
      if (of === undefined) proofs.set(id, [citation])
      else of.push(citation)
    }
  return { requirements, proofs, strays, open, notApplicable }
}

/** The faults of the index, a line each; nothing when every row is accounted for exactly once. */
export const problemsOf = ({ requirements, proofs, strays, open, notApplicable }: Index): string[] => {
  const known = new Set(requirements.map(r => r.id))
  const problems: string[] = []
  for (const id of known) {
    const stands = [
      proofs.has(id) && `tested (${proofs.get(id)![0]!.file})`,
      open[id] !== undefined && 'open',
      notApplicable[id] !== undefined && 'not applicable',
    ].filter(Boolean)
    if (stands.length === 0) problems.push(`${id}: neither tested nor listed in open.ts`)
    else if (stands.length > 1) problems.push(`${id}: both ${stands.join(' and ')}`)
  }
  for (const [id, [citation]] of proofs)
    if (!known.has(id)) problems.push(`${id}: no such row, but ${citation!.file} cites it`)
  for (const stray of strays) problems.push(`${stray} is cited, but not in the title of a test that runs`)
  for (const [id, reason] of Object.entries({ ...open, ...notApplicable })) {
    if (!known.has(id)) problems.push(`${id}: no such row, but open.ts lists it`)
    if (reason.trim() === '') problems.push(`${id}: no reason is given`)
  }
  return problems
}

const counted = (index: Index, rows: readonly Requirement[]) => ({
  proven: rows.filter(r => index.proofs.has(r.id)).length,
  open: rows.filter(r => index.open[r.id] !== undefined).length,
  notApplicable: rows.filter(r => index.notApplicable[r.id] !== undefined).length,
  of: rows.length,
})

/** For example `412 proven, 60 open, 54 not applicable of 526`. */
export const summaryOf = (index: Index): string => {
  const n = counted(index, index.requirements)
  return `${n.proven} proven, ${n.open} open, ${n.notApplicable} not applicable of ${n.of}`
}

const untagged = (title: string): string => title.replace(ID, '').trim()

/** The fate of a row, a line for each test. */
const fateOf = (index: Index, id: string): string[] => {
  const tests = (index.proofs.get(id) ?? []).map(c => `${c.file}: ${untagged(c.title)}`)
  if (index.open[id] !== undefined) tests.push(`open: ${index.open[id]}`)
  if (index.notApplicable[id] !== undefined) tests.push(`not applicable: ${index.notApplicable[id]}`)
  return tests
}

/** The whole index as plain text, a paragraph for each row. */
export const formatText = (index: Index): string =>
  index.requirements
    .map(r => [`${r.id} (RFC ${r.rfc} §${r.section}, ${r.level}) ${r.requirement}`, ...fateOf(index, r.id)])
    .map(lines => `${lines.join('\n    ')}\n`)
    .join('')

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')

/** The whole index as Markdown, by RFC; its links are relative to docs/. */
export const formatMarkdown = (index: Index): string => {
  const rfcs = [...new Set(index.requirements.map(r => r.rfc))]
  const rowsOf = (rfc: string) => index.requirements.filter(r => r.rfc === rfc)
  const lines = [
    '# What the RFCs require, and what proves it',
    '',
    'Written by `npm run requirements -- --write` from the titles of the tests,',
    '[requirements.csv](../test/requirements/requirements.csv) and [open.ts](../test/requirements/open.ts).',
    'Labels (MUST-1 …) are those of RFC 9293; ST are the transitions of its figure 5, SA segment arrival (§3.10.7)',
    'and timeouts (§3.10.8) in the order of processing, UC user calls, NX rules without a label; Rn-i is point i of',
    'RFC n, by our count. The texts are paraphrases: the RFC governs.',
    '',
    `**${summaryOf(index)}.**`,
    '',
    '| RFC | proven | open | not applicable | of |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...rfcs.map(rfc => {
      const n = counted(index, rowsOf(rfc))
      return `| [${rfc}](#rfc-${rfc}) | ${n.proven} | ${n.open} | ${n.notApplicable} | ${n.of} |`
    }),
  ]
  for (const rfc of rfcs) {
    lines.push(
      '',
      `## RFC ${rfc}`,
      '',
      '| id | § | level | requirement | proven by |',
      '| --- | --- | --- | --- | --- |',
    )
    for (const r of rowsOf(rfc)) {
      const fate = [
        ...(index.proofs.get(r.id) ?? []).map(
          c => `[${c.file.replace(/^test\//, '')}](../${c.file}): ${cell(untagged(c.title))}`,
        ),
        ...(index.open[r.id] === undefined ? [] : [`**open**: ${cell(index.open[r.id]!)}`]),
        ...(index.notApplicable[r.id] === undefined
          ? []
          : [`*not applicable*: ${cell(index.notApplicable[r.id]!)}`]),
      ]
      lines.push(`| ${r.id} | ${r.section} | ${r.level} | ${cell(r.requirement)} | ${fate.join('<br>')} |`)
    }
  }
  return `${lines.join('\n')}\n`
}
