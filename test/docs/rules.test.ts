/** The README leads a newcomer to the one file in which a rule stands. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import test from 'ava'

/** The package's root, seen from dist/test/docs. */
const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const read = (path: string): string => readFileSync(ROOT + path, 'utf8')

/** The files that are named for the rules of a host. */
const OF_HOST = [...read('src/tcp/README.md').matchAll(/`((?:host|ip)\/[a-z-]+[.]ts)`/g)].map(
  ([, file]) => file!,
)

/** Each rule of the table with the file that it names. */
const RULES = [...read('src/tcp/README.md').matchAll(/\| ([^|`]+?) +\| `([a-z/-]+[.]ts)` +/g)].map(
  ([, rule, file]) => ({ rule: rule!, file: file! }),
)

test('the layout section of README leads to the table of rules', t => {
  const layout = read('README.md').split('## How it is laid out')[1]!.split('\n## ')[0]!
  t.true(layout.includes('](src/tcp/README.md#where-a-rule-stands)'))
  t.true(read('src/tcp/README.md').includes('\n## Where a rule stands\n'))
})

test('each of the rules that people look for has one file, and its words stand there', t => {
  const wanted = [
    'challenge ACK',
    'Nagle',
    'zero-window probe',
    'PAWS',
    'delayed ACK',
    'RTO backoff',
    'TIME-WAIT reuse',
    'urgent pointer',
    'silly window',
    'path MTU',
    'ACK ration',
    'SACK reneging',
    'F-RTO',
    'undo',
    'keep-alive',
    'user timeout',
    'MSS',
    'SYN cookie',
    'ECN fall-back',
    'pacing',
  ]
  t.deepEqual(
    wanted.filter(name => RULES.filter(({ rule }) => rule === name).length !== 1),
    [],
  )
  for (const { rule, file } of RULES) {
    const path = `src/tcp/${file}`
    if (!existsSync(ROOT + path)) {
      t.fail(`${rule}: there is no ${path}`)
      continue
    }
    const text = read(path).toLowerCase()
    const missing = rule
      .toLowerCase()
      .match(/[a-z]{3,}/g)!
      .filter(word => !text.includes(word))
    t.deepEqual(missing, [], `${rule}: ${path}`)
  }
  t.true(OF_HOST.includes('host/secret.ts'))
  t.deepEqual(
    OF_HOST.filter(file => !existsSync(`${ROOT}src/${file}`)),
    [],
  )
})
