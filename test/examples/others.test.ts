import { readFileSync } from 'node:fs'
import test from 'ava'
import { Program, ROOT } from '../cli/program.ts'
import { namespaceTest } from '../support/namespace.ts'

const run = (name: string) => new Program(process.execPath, [`${ROOT}examples/${name}`]).finished

test('examples/embedding/message-port.js: http over a MessageChannel, and the process ends by itself', async t => {
  t.deepEqual(await run('embedding/message-port.js'), {
    code: 0,
    stdout: 'you asked for /packets\n',
    stderr: '',
  })
})

test('examples/embedding/bare-core.js prints what docs/embedding.md says', async t => {
  const { code, stdout, stderr } = await run('embedding/bare-core.js')
  t.is(code, 0, stderr)
  t.true(readFileSync(`${ROOT}docs/embedding.md`, 'utf8').includes(`\`\`\`\n${stdout}\`\`\``), stdout)
})

namespaceTest(
  'examples/serving/web.js serves http, https and http2 to the kernel’s clients',
  new URL('./serving-cases.js', import.meta.url),
  'web',
)

namespaceTest(
  'examples/pool/main.js serves from two threads at one address',
  new URL('./serving-cases.js', import.meta.url),
  'pool',
)
