/** The playground's words: every language has them all, and says each in its own way. */
import test from 'ava'
import { ENGLISH, isLanguage, LANGUAGES, loadWords } from '../../src/site/words/words.ts'

/** All texts with the way to them; of a text that takes something, one example. */
const textsOf = (words: unknown, way = ''): [string, string][] => {
  if (typeof words === 'string') return [[way, words]]
  if (typeof words === 'function') return [[way, String(words(...Array(words.length).fill('7')))]]
  return Object.entries(words as object).flatMap(([name, value]) => textsOf(value, `${way}/${name}`))
}

const languages = Object.keys(LANGUAGES).filter(isLanguage)

/** Names of things on the wire are the same in every language. */
const SAME = /^(SYN|ACK|FIN|RST|en|zh)$/

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
