// Bundles the program that npm installs as `tuntcp`: a start from hundreds of files takes twice as long as from a few.
import { readFileSync, rmSync } from 'node:fs'
import { relative, sep } from 'node:path'
import { build } from 'esbuild'

const TO = 'dist/program'

/** (A message may name it, too: it stays as it is there.) */
const ITS_URL = /(?<!`[^`\n]*)import\.meta\.url/g

/**
 * A module that looks for files, or starts a thread, does so from where it was compiled: all that is bundled lies in one
 * directory, so that one relative path leads there from each part.
 */
const fromWhereItWas = {
  name: 'from-where-it-was',
  setup: ({ onLoad }) =>
    onLoad({ filter: /dist[\\/]src[\\/].*\.js$/ }, ({ path }) => {
      const there = JSON.stringify(relative(TO, path).split(sep).join('/'))
      return {
        contents: readFileSync(path, 'utf8').replaceAll(ITS_URL, `new URL(${there}, import.meta.url).href`),
      }
    }),
}

rmSync(TO, { recursive: true, force: true })
await build({
  entryPoints: ['dist/src/cli/main.js'],
  outdir: TO,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  charset: 'utf8',
  logLevel: 'warning',
  plugins: [fromWhereItWas],
})
