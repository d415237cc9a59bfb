/** The playground's words: every language has them all, and says each in its own way. */
import { readFileSync } from 'node:fs'
import test from 'ava'
import { INTERFACES_ZH } from '../../src/site/editor/interface-zh.ts'
import { EDITOR_WORDS } from '../../src/site/editor/words.ts'
import { ENGLISH, isLanguage, LANGUAGES, loadWords } from '../../src/site/words/words.ts'
import { ROOT } from '../cli/program.ts'

interface Interface {
  readonly name: string
  readonly says: string
  readonly members: readonly { readonly name: string; readonly says: string }[]
}

const { interfacesOf } = (await import(`${ROOT}scripts/site/interfaces.js`)) as {
  interfacesOf: (declarations: string) => readonly Interface[]
}

/** All texts with the way to them; of a text that takes something, one example. */
const textsOf = (words: unknown, way = ''): [string, string][] => {
  if (typeof words === 'string') return [[way, words]]
  if (typeof words === 'function') return [[way, String(words(...Array(words.length).fill('7')))]]
  return Object.entries(words as object).flatMap(([name, value]) => textsOf(value, `${way}/${name}`))
}

const languages = Object.keys(LANGUAGES).filter(isLanguage)

/** Names of things on the wire are the same in every language. */
const SAME = /^(SYN|ACK|FIN|RST|en|zh)$/

/** Units and the like. */
const SAME_HERE = /^(kB|Mbit\/s)$/

test('no language lacks a text, or has an empty one', async t => {
  const ways = textsOf(ENGLISH).map(([way]) => way)
  for (const language of languages) {
    const texts = textsOf(await loadWords(language))
    t.deepEqual(texts.map(([way]) => way).sort(), [...ways].sort(), language)
    for (const [way, text] of texts) t.not(text.trim(), '', `${language}${way}`)
  }
})

test('no text of another language is the English one', async t => {
  const english = new Map(textsOf(ENGLISH))
  for (const [way, text] of textsOf(await loadWords('zh')))
    if (!SAME.test(text)) {
      t.not(text, english.get(way), way)
      t.regex(text, /\p{Script=Han}/u, way)
    }
})

test('the interface of controllers is told in Chinese: all of it, and no more', t => {
  const source = readFileSync(`${ROOT}dist/src/tcp/congestion/controller.d.ts`, 'utf8')
  const interfaces = interfacesOf(source)
  t.deepEqual(Object.keys(INTERFACES_ZH).sort(), interfaces.map(({ name }) => name).sort())
  for (const { name, says, members } of interfaces) {
    const said = INTERFACES_ZH[name]!
    t.is(/\p{Script=Han}/u.test(said.says), says !== '', name)
    t.deepEqual(
      Object.keys(said.members),
      members.map(member => member.name),
      name,
    )
    for (const member of members)
      t.is(/\p{Script=Han}/u.test(said.members[member.name]!), member.says !== '', `${name}.${member.name}`)
  }
})

test('the words of the editor are all there in Chinese', t => {
  for (const [way, text] of textsOf(EDITOR_WORDS.zh))
    t.true(SAME_HERE.test(text) || /\p{Script=Han}/u.test(text), way)
})
