// A page of the labs' guide as HTML for the playground, which has the ladder beside it.
import { Marked } from 'marked'

const LADDER = /<!-- ladder ([\d\- ]+) -->\n.*?<!-- \/ladder -->/gs
/** The heading and the line with the command: the page has both of its own. */
const TOP = /^# [^\n]*\n+(?:`[^`\n]*`[^\n]*\n+)?/

const FOLD = /^\s*(?:<details><summary>[^<>]*<\/summary>|<\/details>)\s*$/
const NOTE = /^\s*<!--.*-->\s*$/

const escaped = text =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const marked = new Marked({
  renderer: {
    // A page of a lab is a part of the playground; other files of the repository are none.
    link({ href, tokens }) {
      const text = this.parser.parseInline(tokens)
      const lab = /^([\w-]+)\.md(?:#.*)?$/.exec(href)?.[1]
      if (lab !== undefined && lab !== 'README') return `<a href="#labs/${lab}">${text}</a>`
      return /^https?:/.test(href) ? `<a href="${escaped(href)}" rel="noreferrer">${text}</a>` : text
    },
    // The HTML of a page is answers that are folded, and notes to the tests.
    html({ text }) {
      if (FOLD.test(text)) return text
      return NOTE.test(text) ? '' : escaped(text)
    },
  },
})

/**
 * @param markdown the page
 * @param rowsText what stands in place of these rows
 */
export const guidePage = (markdown, rowsText) =>
  marked.parse(
    markdown
      .replace(TOP, '')
      .replace(
        LADDER,
        (_, rows) => `*${rowsText(rows.trim().replaceAll('-', '–').replaceAll(' ', ', '))}*\n`,
      ),
  )
