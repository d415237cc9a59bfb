// Builds the playground: static files at dist/site (or the directory that is named) which need no server.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, transform } from 'esbuild'
import { SITE_STYLE } from '../dist/src/site/page/style.js'
import { BUNDLE, documentOf, inline } from './page-parts.js'
import { generated } from './site/generated.js'

// Two lifelines and a segment between them.
const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" stroke="#1a7437" stroke-width="2"><path d="M3 1v14M13 1v14"/><path d="M3 5l9 5" stroke="#0b5cad"/></svg>'

const into = process.argv[2] ?? 'dist/site'
const files = new Map()

/** The page's own files and what it has in memory, wherever it is opened from; no connection to anywhere. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' file: blob: 'unsafe-inline'",
  'worker-src blob:',
  "style-src 'unsafe-inline'",
  'img-src blob: data:',
  "connect-src 'none'",
  "form-action 'none'",
  "base-uri 'none'",
].join(';')

// Parts that are loaded when they are first needed share what they have in common.
const { outputFiles, metafile } = await build({
  ...BUNDLE,
  entryPoints: ['dist/src/site/page/main.js'],
  plugins: [generated],
  format: 'esm',
  splitting: true,
  metafile: true,
  outdir: into,
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
})
const nameOf = path => `./${basename(path)}`
const outputs = Object.entries(metafile.outputs)
const needed = Object.fromEntries(
  outputs.map(([path, { imports }]) => [
    nameOf(path),
    imports.filter(({ kind }) => kind === 'import-statement').map(({ path }) => nameOf(path)),
  ]),
)
/** A part with its exports as the loader takes them: what esbuild would put around them is longer than many parts. */
const withExports = text =>
  text.replace(/export\{([^{}]*)\};?\s*$/, (_, names) => {
    const each = names.split(',').map(name => name.split(' as '))
    return `tuntcpExport(exports,{${each.map(([own, other = own]) => `${other}:()=>${own}`).join(',')}});`
  })

for (const file of outputFiles) {
  const name = nameOf(file.path)
  const { code } = await transform(withExports(file.text), {
    format: 'cjs',
    minify: true,
    target: BUNDLE.target,
    charset: 'utf8',
    supported: { 'dynamic-import': true },
  })
  const [, { imports }] = outputs.find(([path]) => nameOf(path) === name)
  let text = code
  for (const { kind, path } of imports)
    if (kind === 'dynamic-import') {
      const before = text
      text = text.replaceAll(`import("${nameOf(path)}")`, `tuntcpImport("${nameOf(path)}")`)
      if (text === before) throw new Error(`${name} does not import ${nameOf(path)} as expected`)
    }
  files.set(name, `tuntcpDefine("${name}",function(require,exports,module){${text}});\n`)
}

for (const path of readdirSync('dist/src/site', { recursive: true }).filter(path =>
  path.endsWith('.worker.js'),
)) {
  const name = basename(path, '.worker.js')
  const worker = await build({ ...BUNDLE, entryPoints: [join('dist/src/site', path)], format: 'iife' })
  const text = JSON.stringify(worker.outputFiles[0].text)
  files.set(`./${name}.worker.js`, `tuntcpWorkers.${name}=${text};\n`)
}

const main = nameOf(outputs.find(([, { entryPoint }]) => entryPoint?.endsWith('page/main.js'))[0])
/** A part after all those that it needs. */
const inOrder = (name, seen = new Set()) => {
  if (seen.has(name)) return []
  seen.add(name)
  return [...needed[name].flatMap(other => inOrder(other, seen)), name]
}
// All parts of the first view come in one file: fewer requests, and what they have in common is compressed once.
const first = inOrder(main)
const firstText = `${first.map(name => files.get(name)).join('')}tuntcpRequire("${main}");\n`
for (const name of first) files.delete(name)
files.set(main, firstText)
files.set(
  './index.html',
  documentOf({
    title: 'tuntcp playground',
    style: SITE_STYLE,
    // Nothing leaves the browser, whatever is opened or written in the page.
    head: `<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(ICON)}">
`,
    body: `<noscript>This page runs a TCP in your browser, and needs JavaScript to do so.</noscript>
<script>tuntcpParts=${JSON.stringify(needed)};${inline(readFileSync(new URL('site/loader.js', import.meta.url), 'utf8'))}</script>
<script src="${main}"></script>`,
  }),
)

rmSync(into, { recursive: true, force: true })
mkdirSync(into, { recursive: true })
for (const [name, text] of files) writeFileSync(join(into, name), text)

const size = names => names.reduce((sum, name) => sum + gzipSync(files.get(name)).length, 0)
const kilobytes = bytes => `${(bytes / 1000).toFixed(1)} kB`
const views = ['./index.html', main]
console.log(
  `${into}: the first view is ${kilobytes(size(views))} by gzip, everything ${kilobytes(size([...files.keys()]))}`,
)
