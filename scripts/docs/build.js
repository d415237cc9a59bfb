// Builds the documentation's site at dist/docs: the pages of docs as they are, the README in front, the reference of the
// library made from its sources, the playground, and a search that needs no server.
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { build } from 'vitepress'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** The pages before they are made HTML of. */
const SOURCE = join(ROOT, 'dist/docs-source')
const SITE = join(ROOT, 'dist/docs')

/** Pages outside of docs, and where they are of the site. */
const PAGES = {
  'README.md': 'index.md',
  'CHANGELOG.md': 'CHANGELOG.md',
  'CONTRIBUTING.md': 'CONTRIBUTING.md',
  'SECURITY.md': 'SECURITY.md',
  'src/tcp/README.md': 'src/tcp/README.md',
}

process.chdir(ROOT)
for (const directory of [SOURCE, SITE]) rmSync(directory, { recursive: true, force: true })
for (const [from, to] of Object.entries(PAGES)) {
  mkdirSync(join(SOURCE, dirname(to)), { recursive: true })
  cpSync(from, join(SOURCE, to))
}
// A picture is found beside its page only where its path says so.
const front = join(SOURCE, 'index.md')
writeFileSync(front, readFileSync(front, 'utf8').replaceAll('"docs/images/', '"./docs/images/'))
for (const name of readdirSync('docs', { recursive: true }))
  if (/\.(?:md|svg|webp)$/.test(name)) cpSync(join('docs', name), join(SOURCE, 'docs', name))

// Each experiment has a sheet to print.
for (const [guide, sheets, text] of [
  ['labs', '../../sheets', 'A sheet to print'],
  ['labs/zh', '../../../sheets/zh', '打印用的练习页'],
])
  for (const name of readdirSync(join('docs', guide)).filter(name => /^(?!README).*[.]md$/.test(name))) {
    const link = `<a href="${sheets}/${name.replace('.md', '.html')}" target="_blank">${text}</a>`
    appendFileSync(join(SOURCE, 'docs', guide, name), `\n${link}\n`)
  }

const run = (...command) =>
  execFileSync(process.execPath, command, { stdio: ['ignore', 'inherit', 'inherit'] })
run(
  'scripts/docs/node_modules/typedoc/bin/typedoc',
  '--options',
  'scripts/docs/typedoc.json',
  '--logLevel',
  'Warn',
  '--treatWarningsAsErrors',
)
run('scripts/build-site.js', join(SOURCE, 'public/playground'))
run('scripts/sheets.js', join(SOURCE, 'public/sheets'))

mkdirSync(join(SOURCE, '.vitepress'))
writeFileSync(
  join(SOURCE, '.vitepress/config.mjs'),
  "export { default } from '../../../scripts/docs/config.js'\n",
)
await build(SOURCE, { outDir: SITE })
if (!existsSync(join(SITE, 'index.html'))) throw new Error('no site was made')
console.log(
  'dist/docs: the documentation. Any static server has it: npx vite preview, python3 -m http.server',
)
