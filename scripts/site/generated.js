// A plugin of esbuild with the modules of the playground that are made from other files of the repository, so that
// nothing is written twice: the labs' pages, and the interface of congestion controllers.
import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LABS } from '../../dist/src/lab/labs/all.js'
import { guidePage } from './guide-page.js'
import { interfacesOf } from './interfaces.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** The labs' pages in a directory, those that there are. */
const guide = (directory, rowsText) => {
  const pages = {}
  for (const { name } of LABS) {
    const path = `${ROOT}${directory}/${name}.md`
    if (existsSync(path)) pages[name] = guidePage(readFileSync(path, 'utf8'), rowsText)
  }
  return { pages }
}

const MODULES = {
  'guide-en': () => guide('docs/labs', rows => `The ladder’s rows ${rows}`),
  'guide-zh': () => guide('docs/labs/zh', rows => `时序图第 ${rows} 行`),
  'controller-interface': () => ({
    interfaces: interfacesOf(readFileSync(`${ROOT}dist/src/tcp/congestion/controller.d.ts`, 'utf8')),
  }),
}

export const generated = {
  name: 'generated',
  setup(build) {
    build.onResolve({ filter: /^generated:/ }, ({ path }) => ({
      path: basename(path.slice(10)),
      namespace: 'generated',
    }))
    build.onLoad({ filter: /.*/, namespace: 'generated' }, ({ path }) => ({
      contents: Object.entries(MODULES[path]())
        .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)}`)
        .join('\n'),
    }))
  },
}
