/** The labs as the playground runs them: bundled, without anything of Node, and to the byte what `tuntcp lab` prints. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import vm from 'node:vm'
import test from 'ava'
import { build } from 'esbuild'
import { LABS } from '../../src/lab/labs/all.ts'
import type { Played } from '../../src/site/labs/play.ts'
import { ROOT } from '../cli/program.ts'
import { MAIN } from '../support/installed.ts'

const { guidePage } = (await import(`${ROOT}scripts/site/guide-page.js`)) as {
  guidePage: (markdown: string, rowsText: (rows: string) => string) => string
}

const PLAY = fileURLToPath(new URL('../../src/site/labs/play.js', import.meta.url))

/** The globals that every browser has; nothing else is there. */
const browser = () =>
  vm.createContext({ MessageChannel, TextDecoder, TextEncoder, URL, performance, setTimeout, clearTimeout })

interface Bundle {
  readonly labOf: (name: string) => unknown
  readonly play: (lab: unknown, seed?: string) => Promise<Played>
}

const bundled = async (): Promise<Bundle> => {
  const { outputFiles } = await build({
    entryPoints: [PLAY],
    bundle: true,
    minify: true,
    platform: 'browser',
    format: 'iife',
    globalName: 'labs',
    write: false,
    logLevel: 'silent',
  })
  const context = browser()
  vm.runInContext(outputFiles[0]!.text, context)
  return context.labs as Bundle
}

test('in a bundle each lab passes its own checks, and its ladder is that of the command line, to the byte', async t => {
  t.timeout(120_000)
  const printed = execFileSync(
    process.execPath,
    [MAIN, 'lab', 'all', '--ends', 'virtual', '--format', 'ladder', '--full'],
    { encoding: 'utf8', env: { ...process.env, FORCE_COLOR: '' } },
  )
  const { labOf, play } = await bundled()
  for (const { name, needsKernel } of LABS) {
    if (needsKernel !== undefined) continue
    const { result, ladder } = await play(labOf(name))
    t.true(result.findings.all.length >= 4, name)
    t.is(result.findings.failed.length, 0, name)
    t.true(ladder.split('\n').length > 2, name)
    t.true(printed.includes(`\n\n${ladder}\n\n`), `the ladder of ${name} is another:\n${ladder}`)
  }
})

test('a page of the guide has no ladder of its own where the page makes one, and links to the parts of the page', t => {
  const page = `# close-both: both close

\`tuntcp lab close-both\` · RFC 9293 §3.6

First.

<!-- ladder 1-2 5-9 -->

\`\`\`
rows
\`\`\`

<!-- /ladder -->

See [half](half-close.md), [all](README.md), [the RFC](https://www.rfc-editor.org/rfc/rfc9293) and
[code](../../src/tcp/state.ts). <b onclick="x">raw</b>

1. Why?

   <details><summary>Answer</summary>

   7 <!-- count 7: tcp --> times.

   </details>

<details onclick="x"><summary>Answer</summary>
`
  const html = guidePage(page, (rows: string) => `rows ${rows}`)
  t.true(html.startsWith('<p>First.</p>\n<p><em>rows 1–2, 5–9</em></p>'), html)
  t.true(
    html.includes(
      '<a href="#labs/half-close">half</a>, all, <a href="https://www.rfc-editor.org/rfc/rfc9293"',
    ),
  )
  t.true(html.includes('code. &lt;b onclick=&quot;x&quot;&gt;raw&lt;/b&gt;'))
  t.false(html.includes('<pre>'))
  // Answers are folded; what a test reads is for nobody's eyes.
  t.regex(html, /<li><p>Why\?<\/p>\n<details><summary>Answer<\/summary><p>7 +times.<\/p>\n<\/details>/)
  t.false(html.includes('count'))
  t.true(html.includes('&lt;details onclick'))
})
