import { spawnSync } from 'node:child_process'
import test from 'ava'
import { inNamespace } from '../support/namespace.ts'
import { cases } from './tools-cases.ts'

const module = new URL('./tools-cases.js', import.meta.url)

const has = (tool: string): boolean =>
  spawnSync('sh', ['-c', 'command -v "$1"', 'sh', tool], { stdio: 'ignore' }).status === 0

for (const [name, { tools }] of Object.entries(cases))
  test(`tools: ${name}`, async t => {
    const missing = tools.filter(tool => !has(tool))
    if (missing.length > 0) {
      t.log(`SKIPPED: ${missing.join(', ')} not installed`)
      t.pass()
      return
    }
    await inNamespace(t, module, name)
  })
