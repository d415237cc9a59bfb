/** Sentences of the stack, said in another language: by templates with places for what differs. */

/** English to another language. `{1}` to `{10}` stand for what differs: it is said in that language too, where it can be. */
export type Phrases = Readonly<Record<string, string>>

/** Between the parts of a list, in English and in the other language. */
const BETWEEN = '; '
const PLACE = /\{(\d+)\}/g

/** Texts that are remembered: a page says the same ones with every picture. */
const REMEMBERED = 5000

interface Template {
  readonly pattern: RegExp
  /** The numbers of its places, in the order in which English has them. */
  readonly places: readonly string[]
  readonly words: string
  /** Characters beside its places. */
  readonly own: number
}

/** A place holds no more than a part of a list. */
const templateOf = (english: string, words: string): Template => ({
  pattern: new RegExp(
    `^${english
      .split(PLACE)
      .map((part, i) => (i % 2 === 1 ? '((?:(?!; ).)+?)' : part.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&')))
      .join('')}$`,
    's',
  ),
  places: [...english.matchAll(PLACE)].map(([, place]) => place!),
  words,
  own: english.replace(PLACE, '').length,
})

export class Phrasebook {
  readonly #between: string
  readonly #whole = new Map<string, string>()
  readonly #templates: Template[] = []
  readonly #said = new Map<string, string>()

  /** @param between the parts of a list, such as '；' */
  constructor(between: string, tables: readonly Phrases[]) {
    this.#between = between
    for (const table of tables)
      for (const [english, words] of Object.entries(table))
        if (english.search(PLACE) < 0) this.#whole.set(english, words)
        else this.#templates.push(templateOf(english, words))
    // The one with the most words of its own comes first: it says the most of what it is about.
    this.#templates.sort((a, b) => b.own - a.own)
  }

  /** In the other language; as it is where the book has no words for it. */
  readonly say = (english: string): string => {
    const known = this.#whole.get(english) ?? this.#said.get(english)
    if (known !== undefined) return known
    const said = this.#byTemplate(english) ?? this.#asList(english) ?? english
    if (this.#said.size >= REMEMBERED) this.#said.clear()
    this.#said.set(english, said)
    return said
  }

  #byTemplate(english: string): string | null {
    // Numbers and addresses are the same everywhere.
    if (!/[a-z]{2}/.test(english)) return null
    for (const { pattern, places, words } of this.#templates) {
      const found = pattern.exec(english)
      if (found !== null)
        return words.replace(PLACE, (_, place) => this.say(found[places.indexOf(place) + 1]!))
    }
    return null
  }

  #asList(english: string): string | null {
    const parts = english.split(BETWEEN)
    return parts.length === 1 ? null : parts.map(this.say).join(this.#between)
  }
}
