// Bundles the page that a running stack is shown by: one file, with its script and its style, at dist/view.html.
import { writeFileSync } from 'node:fs'
import { build } from 'esbuild'
import { PAGE_STYLE } from '../dist/src/view/page/style.js'
import { BUNDLE, documentOf, inline } from './page-parts.js'

const { outputFiles } = await build({
  ...BUNDLE,
  entryPoints: ['dist/src/view/page/main.js'],
  format: 'iife',
})
writeFileSync(
  'dist/view.html',
  documentOf({
    title: 'tuntcp',
    style: PAGE_STYLE,
    body: `<noscript>This page follows a running stack, and needs JavaScript to do so.</noscript>
<script>${inline(outputFiles[0].text)}</script>`,
  }),
)
