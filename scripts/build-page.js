// Bundles the page that a running stack is shown by: one file, with its script and its style, at dist/view.html.
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { build } from 'esbuild'
import { PAGE_STYLE } from '../dist/src/view/page/style.js'

const { outputFiles } = await build({
  entryPoints: ['dist/src/view/page/main.js'],
  bundle: true,
  minify: true,
  platform: 'browser',
  format: 'iife',
  target: 'es2022',
  charset: 'utf8',
  write: false,
  logLevel: 'warning',
})
// An end tag within a text of the script would end the script.
const script = outputFiles[0].text.replaceAll('</script', '<\\/script')
const plots = readFileSync(createRequire(import.meta.url).resolve('uplot/dist/uPlot.min.css'), 'utf8')
writeFileSync(
  'dist/view.html',
  `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>tuntcp</title>
<style>${plots}${PAGE_STYLE}</style>
</head>
<body>
<noscript>This page follows a running stack, and needs JavaScript to do so.</noscript>
<script>${script}</script>
</body>
</html>
`,
)
