/** The entries without Node: bundled for a browser as they are, and run in one. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import test from 'ava'
import { build } from 'esbuild'
import { ROOT } from '../cli/program.ts'
import { launchChromium } from '../support/browser.ts'
import { missingTools, testUnless } from '../support/needs.ts'

const entry = (name: string): string => fileURLToPath(new URL(`../../src/${name}.js`, import.meta.url))

const bundled = async (file: string): Promise<string> => {
  const { errors, warnings, outputFiles } = await build({
    entryPoints: [file],
    alias: { 'tuntcp/core': entry('core') },
    bundle: true,
    minify: true,
    platform: 'browser',
    format: 'iife',
    write: false,
    logLevel: 'silent',
  })
  if (errors.length + warnings.length > 0) throw new Error(JSON.stringify([...errors, ...warnings]))
  return outputFiles[0]!.text
}

for (const name of ['core', 'sim/sim', 'posix/posix', 'packetdrill/packetdrill'])
  test(`${name} is bundled for a browser`, async t => {
    t.notRegex(await bundled(entry(name)), /require\("/)
  })

testUnless(missingTools('chromium'))(
  'two hosts in a page of Chromium do what they do in Node, line by line',
  async t => {
    const example = `${ROOT}examples/embedding/bare-core.js`
    const inNode = spawnSync(process.execPath, [example], { encoding: 'utf8' }).stdout
    t.regex(inNode, /heard hello/)
    const directory = mkdtempSync(join(tmpdir(), 'tuntcp-core-'))
    const browser = await launchChromium()
    try {
      const file = join(directory, 'page.html')
      writeFileSync(file, `<!doctype html><meta charset="utf-8"><script>${await bundled(example)}</script>`)
      const page = await browser.newPage()
      let said = ''
      page.on('console', message => {
        said += `${message.text()}\n`
      })
      page.on('pageerror', error => {
        said += `${error.stack}\n`
      })
      await page.goto(pathToFileURL(file).href)
      t.is(said, inNode)
    } finally {
      await browser.close()
      rmSync(directory, { recursive: true })
    }
  },
)

testUnless(missingTools('chromium'))(
  'a host in a page of Chromium talks with a stack in Node, over a WebSocket',
  async t => {
    const server = spawn(process.execPath, [`${ROOT}examples/embedding/browser/server.js`, '0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const browser = await launchChromium()
    try {
      const [url] = await once(server.stdout, 'data')
      const page = await browser.newPage()
      const said: string[] = []
      page.on('pageerror', error => said.push(String(error.stack)))
      const over = new Promise<void>(resolve =>
        page.on('console', message => {
          said.push(message.text())
          if (message.text().endsWith('→ TIME_WAIT')) resolve()
        }),
      )
      await page.goto(String(url).trim())
      await over
      t.deepEqual(said.slice(0, 3), [
        'CLOSED → SYN_SENT',
        'SYN_SENT → ESTABLISHED',
        'ESTABLISHED → FIN_WAIT_1',
      ])
      t.true(said.includes('hello from a page'), said.join(' | '))
    } finally {
      await browser.close()
      server.kill()
    }
  },
)
