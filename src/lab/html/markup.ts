/** HTML that is put together without ever putting text where markup is expected: captures are hostile. */

/** Text that is markup already. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  toString(): string {
    return this.text
  }
}

type Content = Markup | string | number | false | null | readonly Content[]

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Characters that XML and HTML cannot contain even escaped, and those that turn the direction of the text around them. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/gu

/** Text, fit to stand in markup and between the quotes of an attribute. */
export const escaped = (text: string): string =>
  text.replace(UNPRINTABLE, c => (c === '\n' ? c : '\ufffd')).replace(/[&<>"']/g, c => ESCAPES[c]!)

const render = (content: Content): string => {
  if (content === false || content === null) return ''
  if (content instanceof Markup) return content.text
  if (typeof content === 'number') return String(content)
  if (typeof content === 'string') return escaped(content)
  return content.map(render).join('')
}

/** Markup from a template: whatever is inserted is escaped unless it is markup; lists are joined, false and null vanish. */
export const html = (strings: TemplateStringsArray, ...values: readonly Content[]): Markup =>
  new Markup(strings.reduce((all, part, i) => all + render(values[i - 1] ?? null) + part))
