/** Whoever meets a name of ours in an editor is told what it is: each export of each entry has a docstring. */
import { readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import test from 'ava'
import { ROOT } from '../cli/program.ts'

interface Exported {
  readonly name: string
  /** The file of its declaration, seen from the package's root. */
  readonly file: string
}

const sources = new Map<string, string>()
const source = (file: string): string => {
  let text = sources.get(file)
  if (text === undefined) {
    text = readFileSync(join(ROOT, file), 'utf8')
    sources.set(file, text)
  }
  return text
}

const LOCAL =
  /^export (?:declare )?(?:abstract )?(?:const|let|function|class|interface|type|namespace) (\w+)/gm
const LIST = /^export (?:type )?\{([^}]*)\} from '([^']+)'/gm
const ALL = /^export (?:type )?\*(?: as (\w+))? from '([^']+)'/gm

/** All that a module of ours exports, and where each is declared. What it passes on from Node is Node's to explain. */
const exportsOf = (file: string): Exported[] => {
  const text = source(file)
  const target = (path: string) => normalize(join(dirname(file), path))
  const found: Exported[] = [...text.matchAll(LOCAL)].map(([, name]) => ({ name: name!, file }))
  for (const [, names, path] of text.matchAll(LIST)) {
    if (!path!.startsWith('.')) continue
    const from = exportsOf(target(path!))
    for (const one of names!.split(',')) {
      const name = one
        .replace(/\btype\s/, '')
        .split(/\sas\s/)[0]!
        .trim()
      if (name === '') continue
      const exported = from.find(other => other.name === name)
      if (exported === undefined) throw new Error(`${file}: where does ${name} of ${path} come from?`)
      found.push(exported)
    }
  }
  for (const [, , path] of text.matchAll(ALL))
    if (path!.startsWith('.')) found.push(...exportsOf(target(path!)))
  return found
}

/** POSIX's constants, and what node:net exports by the same names. */
const EXPLAINED_ELSEWHERE = /^src\/posix\/constants\.ts |^src\/net\/module\.ts (?:BlockList|SocketAddress)$/

/** True when the declaration, or the first of its overloads, comes right after a docstring. */
const isDocumented = ({ name, file }: Exported): boolean => {
  if (EXPLAINED_ELSEWHERE.test(`${file} ${name}`)) return true
  const text = source(file)
  const kinds = '(?:declare )?(?:abstract )?(?:const|let|function|class|interface|type|namespace)'
  return new RegExp(`\\*/\\n(?:// .*\\n)*export ${kinds} ${name}\\b`).test(text)
}

for (const [entry, file, least] of [
  ['tuntcp', 'src/index.ts', 100],
  ['tuntcp/net', 'src/net/module.ts', 12],
  ['tuntcp/testing', 'src/testing/testing.ts', 25],
] as const)
  test(`every export of ${entry} has a docstring`, t => {
    const all = exportsOf(file)
    t.true(all.length >= least, `${all.length} exports`)
    const without = all.filter(exported => !isDocumented(exported))
    t.deepEqual(
      without.map(({ name, file }) => `${name} (${file})`),
      [],
    )
  })
