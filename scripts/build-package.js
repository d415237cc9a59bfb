// Bundles what npm installs, its entry points, its program and its threads: a start from hundreds of files takes twice as long
// as from dozens. Built at once they share their parts, so that whatever a program imports, there is one of each module.
import { readFileSync, rmSync } from 'node:fs'
import { dirname, relative, resolve, sep } from 'node:path'
import { build } from 'esbuild'

const FROM = 'dist/src'
const TO = 'dist/package'

/** What is loaded by its name, and where it was compiled. All lie in one directory, as do the parts that they share. */
const ENTRIES = {
  index: 'index.js',
  core: 'core.js',
  sim: 'sim/sim.js',
  posix: 'posix/posix.js',
  packetdrill: 'packetdrill/packetdrill.js',
  examine: 'examine/examine.js',
  net: 'net/net.js',
  testing: 'testing/testing.js',
  register: 'register/register.js',
  main: 'cli/main.js',
  'pool-worker': 'pool/worker.js',
  'serve-worker': 'cli/serve-worker.js',
  'fine-clock-thread': 'net/fine-clock-thread.js',
}

const entryAt = new Map(Object.entries(ENTRIES).map(([name, path]) => [resolve(FROM, path), `./${name}.js`]))

/** Where a module asks where it is, for a thread's program or for other files. (A message may do so, too, and stays.) */
const ITS_URL = /(?<!`[^`\n]*)(?:new URL\('(\.\/[\w-]+\.js)', )?import\.meta\.url/g

/** Threads begin with the bundle's own programs; other files are where they are for what was compiled. */
const fromWhereItWas = {
  name: 'from-where-it-was',
  setup: ({ onLoad }) =>
    onLoad({ filter: /dist[\\/]src[\\/].*\.js$/ }, ({ path }) => {
      const there = JSON.stringify(relative(TO, path).split(sep).join('/'))
      const contents = readFileSync(path, 'utf8').replaceAll(ITS_URL, (text, file) => {
        const entry = file === undefined ? undefined : entryAt.get(resolve(dirname(path), file))
        return entry === undefined
          ? text.replace('import.meta.url', `new URL(${there}, import.meta.url).href`)
          : `new URL('${entry}', import.meta.url`
      })
      return { contents }
    }),
}

rmSync(TO, { recursive: true, force: true })
await build({
  entryPoints: Object.fromEntries(Object.entries(ENTRIES).map(([name, path]) => [name, `${FROM}/${path}`])),
  outdir: TO,
  chunkNames: 'part-[hash]',
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
