// A sheet of a lab to print: what happens, its ladder, where to look, and the questions with room for answers.
import { Marked } from 'marked'
import { filtersOf, questionsOf } from '../../dist/src/lab/guide.js'

const WORDS = {
  en: {
    name: 'Name',
    date: 'Date',
    run: 'Run it',
    look: 'Where to look in Wireshark',
    questions: 'Questions',
    answers: 'Answers: at the end of this experiment’s page',
  },
  zh: {
    name: '姓名',
    date: '日期',
    run: '运行',
    look: '在 Wireshark 里看什么',
    questions: '问题',
    answers: '答案：见本实验页面末尾',
  },
}

/** Lines that are left free for an answer. */
const ROOM = 5

/** Landscape: a ladder is wide. Its letters are as large as the widest row lets them be. */
const STYLE = `
@page { size: A4 landscape; margin: 12mm 14mm }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 269mm; padding: 4mm; font: 11pt/1.45 system-ui, 'Noto Sans CJK SC', sans-serif; color: #000; background: #fff }
header { display: flex; flex-wrap: wrap; gap: 1mm 8mm; align-items: baseline; border-bottom: .4mm solid #000; padding-bottom: 2mm }
h1 { font-size: 17pt; margin: 0; flex: 1 }
h2 { font-size: 12pt; margin: 4mm 0 1mm }
p { margin: 2mm 0 }
code, pre { font-family: 'DejaVu Sans Mono', 'Noto Sans Mono CJK SC', monospace }
code { font-size: .88em; overflow-wrap: anywhere }
pre { line-height: 1.25; margin: 3mm 0; padding: 2mm 0; overflow: auto; border: solid #888; border-width: .2mm 0 }
.blank { white-space: nowrap }
.blank::after { content: ''; display: inline-block; width: 38mm; border-bottom: .2mm solid #000 }
ul { margin: 1mm 0; padding-left: 5mm; columns: 2 }
.questions { break-before: page }
ol { padding-left: 6mm; margin: 0 }
li { break-inside: avoid }
.questions li { margin-bottom: 4mm }
.room div { height: 8.5mm; border-bottom: .2mm dotted #555 }
footer { font-size: 9pt; color: #444 }
@media print { body { padding: 0; max-width: none } pre { overflow: visible } }
`

const escaped = text =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

// Nobody follows a link on paper, and notes are for the tests.
const marked = new Marked({
  renderer: {
    link({ tokens }) {
      return this.parser.parseInline(tokens)
    },
    html: ({ text }) => (text.trim().startsWith('<!--') ? '' : escaped(text)),
  },
})

const LADDER = /<!-- ladder [\d\- ]+ -->\n+```\n(.*?)\n```/s
/** Points across a sheet and down its ladder; and of a letter's width and a row's height to its size. */
const ACROSS = 755
const DOWN = 290
const SLIM = 0.603
const TALL = 1.25
const LARGEST = 8.5

const ladderOf = page => {
  const rows = (LADDER.exec(page)?.[1] ?? '').split('\n').map(row => row.trimEnd())
  const columns = Math.max(...rows.map(row => row.length))
  const size = Math.min(LARGEST, ACROSS / (columns * SLIM), DOWN / (rows.length * TALL))
  return rows.join('') === ''
    ? ''
    : `<pre style="font-size:${size.toFixed(2)}pt">${escaped(rows.join('\n'))}</pre>`
}

/**
 * @param name the lab's
 * @param page its page in the guide
 * @param language of the page: en, zh
 */
export const sheetOf = (name, page, language) => {
  const words = WORDS[language]
  const [, title, top] = /^# ([^\n]+)\n+(?:`[^\n]*\n+)?(.*?)(?=^## |<!-- ladder)/ms.exec(page)
  const questions = questionsOf(page)
  if (questions.length === 0) throw new Error(`the page of ${name} (${language}) asks no questions`)
  const room = `<div class="room">${'<div></div>'.repeat(ROOM)}</div>`
  return `<!doctype html>
<html lang="${language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
<header><h1>${marked.parseInline(title)}</h1><span class="blank">${words.name} </span><span class="blank">${words.date} </span></header>
${marked.parse(top)}
${ladderOf(page)}
<h2>${words.run}</h2>
<p><code>npx tuntcp lab ${name}</code> · <code>npx tuntcp lab ${name} --out captures</code></p>
<h2>${words.look}</h2>
<ul>${filtersOf(page)
    .map(filter => `<li><code>${escaped(filter)}</code></li>`)
    .join('')}</ul>
<section class="questions">
<h2>${words.questions}</h2>
<ol>${questions.map(({ question }) => `<li>${marked.parseInline(question)}${room}</li>`).join('')}</ol>
<footer>${words.answers} · tuntcp</footer>
</section>
</html>
`
}
