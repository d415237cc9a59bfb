import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const readme = readFileSync(`${ROOT}README.md`, 'utf8')

test('the first program of README.md prints the ladder that stands below it', t => {
  const [, program, ladder] = /```js\n([^`]*)```\n\n```\n([^`]*)```/.exec(readme)!
  // In the root of the package, from where it imports it by its name.
  const file = join(ROOT, `readme-${process.pid}.tmp.mjs`)
  writeFileSync(file, program!)
  try {
    t.is(execFileSync(process.execPath, [file], { encoding: 'utf8' }), ladder)
  } finally {
    rmSync(file)
  }
})

test('README.md counts what docs/requirements.md holds', t => {
  const documents = readFileSync(`${ROOT}docs/requirements.md`, 'utf8').match(/^\| \[\d+\]\(#rfc/gm)!
  t.true(readme.includes(`RFC 9293 and ${documents.length - 1} of its companions`))
})

test('README.md is read in one sitting: 120 lines at most', t => {
  t.true(readme.trimEnd().split('\n').length <= 120)
})

test('every file and room that README.md names is there', t => {
  const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(match => match[1]!)
  const layout = /```\nnative\/[^`]*```/.exec(readme)![0]
  const rooms = [...layout.matchAll(/^ {2}((?:\w+\/ ?)+)/gm)].flatMap(match => match[1]!.trim().split(' '))
  t.true(rooms.length > 15)
  t.deepEqual(
    [...links, ...rooms.map(room => `src/${room}`)].filter(path => !existsSync(join(ROOT, path))),
    [],
  )
})
