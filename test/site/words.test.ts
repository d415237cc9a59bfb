/** The playground's words: every language has them all, and says each in its own way. */
import test from 'ava'
import { en } from '../../src/site/words/en.ts'
import { LANGUAGES, WORDS } from '../../src/site/words/words.ts'

/** All texts with the way to them; of a text that takes something, one example. */
const textsOf = (words: unknown, way = ''): [string, string][] => {
  if (typeof words === 'string') return [[way, words]]
  if (typeof words === 'function') return [[way, String(words(...Array(words.length).fill('7')))]]
  return Object.entries(words as object).flatMap(([name, value]) => textsOf(value, `${way}/${name}`))
}

/** What is the same in every language: the names of things on the wire. */
const SAME = /^(SYN|ACK|FIN|RST)$/

test('no language lacks a text, or has an empty one', t => {
  const ways = textsOf(en).map(([way]) => way)
  for (const [language, words] of Object.entries(WORDS)) {
    const texts = textsOf(words)
    t.deepEqual(texts.map(([way]) => way).sort(), [...ways].sort(), language)
    for (const [way, text] of texts) t.not(text.trim(), '', `${language}${way}`)
  }
  t.deepEqual(Object.keys(WORDS).sort(), Object.keys(LANGUAGES).sort())
})

test('no text of another language is the English one', t => {
  const english = new Map(textsOf(en))
  for (const [way, text] of textsOf(WORDS.zh))
    if (!SAME.test(text)) {
      t.not(text, english.get(way), way)
      t.regex(text, /\p{Script=Han}/u, way)
    }
})
