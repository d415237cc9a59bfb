/** The playground's labs, captures and controllers in Chromium, opened as a file: nothing is served, nothing leaves. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import test from 'ava'
import type { Browser, Page } from 'playwright-core'
import { LABS } from '../../src/lab/labs/all.ts'
import { runVirtual } from '../../src/lab/run-virtual.ts'
import { TEMPLATE } from '../../src/site/editor/template.ts'
import { ROOT } from '../cli/program.ts'
import { hasMany, hasText, launchChromium } from '../support/browser.ts'
import { MAIN } from '../support/installed.ts'
import { missingTools, testUnless } from '../support/needs.ts'
import { largeCapture } from './large-capture.ts'

const WHY = missingTools('chromium')

let directory = ''
let browser: Browser
let page: Page
const troubles: string[] = []

const tuntcp = (...words: string[]): string =>
  execFileSync(process.execPath, [MAIN, ...words], {
    encoding: 'utf8',
    env: { ...process.env, FORCE_COLOR: '' },
  })

test.before(async t => {
  if (WHY !== null) return
  t.timeout(180_000)
  directory = mkdtempSync(join(tmpdir(), 'tuntcp-site-'))
  execFileSync(process.execPath, [`${ROOT}scripts/build-site.js`, directory])
  browser = await launchChromium()
  page = await browser.newPage({ viewport: { width: 1400, height: 900 }, locale: 'en-US' })
  page.setDefaultTimeout(120_000)
  page.on('pageerror', error => troubles.push(error.message))
  page.on('console', message => troubles.push(message.text()))
  page.on('request', request => {
    if (!/^(?:file|blob|data):/.test(request.url())) troubles.push(request.url())
  })
})

test.after.always(async () => {
  await browser?.close()
  if (directory !== '') rmSync(directory, { recursive: true })
})

const open = (part: string): Promise<unknown> =>
  page.goto(`${pathToFileURL(join(directory, 'index.html')).href}#${part}`)

const inPage = testUnless(WHY, test.serial)

inPage(
  'every lab runs beside its page, passes, and has the ladder of the command line, to the byte',
  async t => {
    t.timeout(240_000)
    const printed = tuntcp('lab', 'all', '--ends', 'virtual', '--format', 'ladder', '--full')
    for (const { name, needsKernel } of LABS) {
      await open(`labs/${name}`)
      await page.locator('.guide h2', { hasText: new RegExp(`^${name}$`) }).waitFor()
      await page.locator('.guide h2', { hasText: 'What to look at' }).waitFor()
      if (needsKernel !== undefined) {
        await page.locator('.lab-run', { hasText: 'takes the kernel’s TCP' }).waitFor()
        continue
      }
      await page.locator('.findings').waitFor()
      t.is(await page.locator('.findings .fails').count(), 0, name)
      t.true((await page.locator('.findings .holds').count()) >= 4, name)
      const ladder = await page.locator('.ladder-text pre').textContent()
      t.true(printed.includes(`\n\n${ladder}\n\n`), `the ladder of ${name} is another:\n${ladder}`)
      await page.locator('.pictures .ladder .segment').first().waitFor({ state: 'attached' })
    }
    t.deepEqual(troubles.splice(0), [])
  },
)

inPage('a lab runs with another seed and over IPv6, and its segments can be looked at by keys', async t => {
  t.timeout(120_000)
  await open('labs/handshake')
  await page.locator('.findings').waitFor()
  await page.locator('input[name=seed]').fill('42')
  await page.locator('select[name=family]').selectOption('6')
  await page.getByRole('button', { name: 'Run it again' }).click()
  await page.locator('.ladder-text pre', { hasText: 'mss 1440' }).waitFor({ state: 'attached' })
  await page.locator('.segment').first().focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.locator('.panel', { hasText: '[S.]' }).waitFor()
  await page.keyboard.press('Escape')
  await page.locator('.panel').waitFor({ state: 'hidden' })
  t.deepEqual(troubles.splice(0), [])
})

inPage(
  'captures are opened and explained as by `tuntcp explain`: pcapng, packed, broken, dropped',
  async t => {
    t.timeout(240_000)
    const { captures } = await runVirtual(
      LABS.find(({ name }) => name === 'loss')!,
      'loss',
      {},
      { captures: true },
    )
    const bytes = Buffer.from(captures.client!)
    const files = {
      'whole.pcapng': bytes,
      'packed.pcapng.gz': gzipSync(bytes),
      'cut.pcapng': bytes.subarray(0, -40),
    }
    for (const [name, contents] of Object.entries(files)) {
      const path = join(directory, name)
      writeFileSync(path, contents)
      await open('captures')
      await page.reload()
      await page.setInputFiles('input[type=file]', path)
      await page.locator('.lead', { hasText: '259 packets, 4 connections' }).waitFor()
      if (name.startsWith('cut')) {
        await hasText(page.getByRole('alert'), /broken: at byte \d+: the last block is cut off/)
        continue
      }
      await page.getByRole('button', { name: '3', exact: true }).click()
      await page.locator('.pictures .ladder strong', { hasText: '198.18.0.2:83' }).waitFor()
      await page.locator('.pictures .segment').nth(20).waitFor({ state: 'attached' })
      const download = page.waitForEvent('download')
      await page.getByRole('button', { name: 'Save as text' }).click()
      const saved = await (await download).createReadStream()
      let text = ''
      for await (const chunk of saved) text += String(chunk)
      t.true(tuntcp('explain', path, '--connection', '3').startsWith(text))
      t.true(text.includes('retransmission by timeout'))
    }
    const recording = join(directory, 'close-both.rec')
    tuntcp('lab', 'close-both', '--ends', 'virtual', '--record', recording)
    await open('captures')
    await page.reload()
    await page.setInputFiles('input[type=file]', recording)
    await page.getByText(/played again here: \d+ events, all as recorded/).waitFor()
    await page.locator('.pictures .marks b.s-CLOSING').first().waitFor()
    // Dropped where another part is looked at.
    await open('experiment')
    await page.evaluate(`{
    const dropped = new DataTransfer()
    dropped.items.add(new File(['GET / HTTP/1.1'], 'page.txt'))
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: dropped, bubbles: true, cancelable: true }))
  }`)
    await page.getByText('neither pcap nor pcapng: it begins with 0x47455420').waitFor()
    t.deepEqual(troubles.splice(0), [])
  },
)

inPage('50 MB are opened, and the page answers meanwhile', async t => {
  t.timeout(240_000)
  const { file, connections } = largeCapture(67_000)
  t.true(file.size > 50e6)
  const path = join(directory, 'large.pcap')
  writeFileSync(path, Buffer.from(await file.arrayBuffer()))
  await open('captures')
  await page.reload()
  await page.setInputFiles('input[type=file]', path)
  await page.getByText(/large\.pcap: \d+ % read/).waitFor()
  await page.locator('.lead', { hasText: `67000 packets, ${connections} connections` }).waitFor()
  await page.getByRole('button', { name: '7', exact: true }).click()
  await page.getByText('1000 segments in').waitFor()
  t.deepEqual(troubles.splice(0), [])
})

/** Puts a script into the editor and runs it. */
const runScript = async (script: string): Promise<void> => {
  await open('controller')
  await page.locator('.cm-content').waitFor()
  await page.locator('input[name=seconds]').fill('4')
  await page.locator('.cm-content').focus()
  await page.keyboard.press('Control+a')
  await page.keyboard.insertText(script)
  await page.keyboard.press('Control+Enter')
}

inPage(
  'a controller runs beside CUBIC and BBR; one that throws is told with its line; a loop without end is ended',
  async t => {
    t.timeout(240_000)
    await runScript(TEMPLATE)
    await page.locator('.outcome table').waitFor()
    t.deepEqual(await page.locator('.outcome tbody th').allTextContents(), ['mine', 'cubic', 'bbr'])
    await hasMany(page, '.outcome .plot', 3)
    await hasMany(page, '.outcome .plot path.p-lane-0', 3)
    await page.locator('.interface dt', { hasText: 'acknowledged(sample: AckSample): void' }).waitFor()

    const line = TEMPLATE.split('\n').findIndex(text => text.includes('this.#before = this.cwnd')) + 1
    await runScript(TEMPLATE.replace('this.#before = this.cwnd', 'this.#before = nothing.here'))
    const alert = page.getByRole('alert')
    await alert
      .filter({ hasText: `line ${line}: ReferenceError: nothing is not defined (in congestion())` })
      .waitFor()
    await page.locator('.cm-lint-marker-error').waitFor()

    await runScript(TEMPLATE.replace('class Mine {', 'class Mine { ]'))
    await alert.filter({ hasText: /line 2: SyntaxError/ }).waitFor()

    await runScript(TEMPLATE.replace('recovered() {}', 'recovered() { for (;;); }'))
    await alert.filter({ hasText: 'an endless loop?' }).waitFor()
    // The page is as it was.
    await runScript(TEMPLATE)
    await page.locator('.outcome table').waitFor()
    t.deepEqual(troubles.splice(0), [])
  },
)

inPage('a mission is failed and then solved by buttons, with hints, in either language', async t => {
  t.timeout(120_000)
  await open('missions/closing')
  const host = (name: string) => page.getByRole('region', { name, exact: true })
  const press = (where: string) => host(where).getByRole('button', { name: 'Close', exact: true }).click()
  const wait = () => page.getByRole('button', { name: 'Let 1 s pass' }).click()
  await page.locator('.verdict.open').waitFor()
  await page.getByRole('button', { name: 'Hint 1 of 3' }).click()
  await page.getByText('CLOSING is for who gets a FIN').waitFor()
  await page.locator('.stage-bar select').selectOption('hand')
  await press('client')
  await wait()
  await press('server')
  await wait()
  await page.locator('.verdict.failed').waitFor()
  await page.locator('.goals .missed', { hasText: 'their FINs have crossed' }).waitFor()
  await page.getByRole('button', { name: 'Begin anew' }).click()
  await page.locator('.verdict.open').waitFor()
  await press('client')
  await press('server')
  await wait()
  await page.locator('.verdict.solved').waitFor()
  await hasMany(page, '.goals .met', 2)
  await page.getByRole('button', { name: 'Next mission' }).click()
  await page.getByText('so that their SYNs cross').waitFor()
  await open('zh/missions/closing')
  await page.getByText('让连接两端都进入 CLOSING').waitFor()
  await page.getByRole('button', { name: '提示 1/3' }).waitFor()
  await open('en/missions')
  await page.getByText('Have the client connect where nobody listens').waitFor()
  t.deepEqual(troubles.splice(0), [])
})
