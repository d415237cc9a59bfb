/** The playground by the keyboard alone, from the beginning to the end of what one does there; and as it is heard. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import type { Browser, Locator, Page } from 'playwright-core'
import { LABS } from '../../src/lab/labs/all.ts'
import { runVirtual } from '../../src/lab/run-virtual.ts'
import { ROOT } from '../cli/program.ts'
import { hasFocus, hasMany, hasText, launchChromium } from '../support/browser.ts'
import { keepsFocus, press, tabTo } from '../support/by-keys.ts'
import { missingTools, testUnless } from '../support/needs.ts'
import { unnamed } from '../support/unnamed.ts'

const WHY = missingTools('chromium')
let directory = ''
let browser: Browser

test.before(async t => {
  if (WHY !== null) return
  t.timeout(180_000)
  directory = mkdtempSync(join(tmpdir(), 'tuntcp-site-'))
  execFileSync(process.execPath, [`${ROOT}scripts/build-site.js`, directory])
  browser = await launchChromium()
})

test.after.always(async () => {
  await browser?.close()
  if (directory !== '') rmSync(directory, { recursive: true })
})

const withPage = async (
  t: ExecutionContext,
  part: string,
  use: (page: Page) => Promise<void>,
): Promise<void> => {
  t.timeout(290_000)
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 }, locale: 'en-US' })
  try {
    page.setDefaultTimeout(120_000)
    const troubles: string[] = []
    page.on('pageerror', error => troubles.push(error.message))
    await page.goto(`${pathToFileURL(join(directory, 'index.html')).href}#${part}`)
    await use(page)
    t.deepEqual(troubles, [])
  } finally {
    await page.close()
  }
}

const byKeys = testUnless(WHY, test.serial)

const button = (where: Page | Locator, name: string) => where.getByRole('button', { name, exact: true })

const host = (page: Page, name: 'client' | 'server') => page.getByRole('region', { name, exact: true })

byKeys('a mission is chosen, failed, begun anew with a hint, solved, and the next one begun', t =>
  withPage(t, 'missions', async page => {
    const list = page.getByRole('combobox', { name: 'Missions' })
    await tabTo(page, list)
    await page.keyboard.type('4.')
    await page.getByRole('region', { name: 'Make a CLOSING' }).waitFor()
    await tabTo(page, list)
    await press(page, button(page, 'Hint 1 of 3'))
    await page.getByText('CLOSING is for who gets a FIN').waitFor()
    for (const n of [2, 3]) await press(page, button(page, `Hint ${n} of 3`))
    await keepsFocus(page)
    await tabTo(page, page.getByLabel('After each action'))
    await page.keyboard.press('Home')
    const close = (name: 'client' | 'server') => press(page, button(host(page, name), 'Close'))
    await close('client')
    await press(page, button(page, 'Let 1 s pass'))
    await close('server')
    await press(page, button(page, 'Let 1 s pass'))
    await page.locator('.verdict.failed').waitFor()
    await press(page, button(page, 'Begin anew'))
    await page.locator('.verdict.open').waitFor()
    await close('client')
    await close('server')
    await press(page, button(page, 'Let 1 s pass'), 'Space')
    await page.locator('.verdict.solved').waitFor()
    await press(page, button(page, 'Next mission'))
    await page.getByRole('region', { name: 'Make a CLOSING' }).waitFor({ state: 'detached' })
    await hasFocus(list)
  }),
)

byKeys('a lab is chosen, run with another seed and judged; its segments are told', t =>
  withPage(t, 'labs', async page => {
    await press(page, page.getByRole('link', { name: /^lost-last-ack/ }))
    await page.locator('.guide h2', { hasText: /^lost-last-ack$/ }).waitFor()
    await page.locator('.findings').waitFor()
    await tabTo(page, page.getByLabel('Seed'))
    await page.keyboard.press('Control+a')
    await page.keyboard.type('42')
    // What was found before goes.
    await page.locator('.findings').evaluate(findings => findings.setAttribute('data-before', ''))
    await press(page, button(page, 'Run it again'))
    await page.locator('.findings:not([data-before])').waitFor()
    await page.locator('.findings .holds').first().waitFor()
    t.is(await page.locator('.findings .fails').count(), 0)
    await tabTo(page, button(page, 'Run it again'))
    await tabTo(page, page.locator('.ladder .segment'))
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.locator('.panel', { hasText: '[S.]' }).waitFor()
    const segment = page.locator('.ladder .segment').nth(1)
    await hasFocus(segment)
    await page.keyboard.press('Escape')
    await page.locator('.panel').waitFor({ state: 'hidden' })
    await hasFocus(segment)
  }),
)

byKeys('a capture is chosen, a connection of it opened, and the fields of a segment are read', async t => {
  const lab = LABS.find(({ name }) => name === 'loss')!
  const { captures } = await runVirtual(lab, 'loss', {}, { captures: true })
  const file = join(directory, 'loss.pcapng')
  writeFileSync(file, captures.client!)
  await withPage(t, 'captures', async page => {
    // Heard from the beginning: a chooser that opens before anybody listens is the browser's own.
    page.on('filechooser', chooser => void chooser.setFiles(file))
    const choose = page.locator('input[type=file]')
    await tabTo(page, choose)
    await page.keyboard.press('Enter')
    await page.getByText('259 packets, 4 connections', { exact: true }).first().waitFor()
    await tabTo(page, choose)
    await press(page, button(page, '3'))
    await page.locator('.pictures .ladder strong', { hasText: '198.18.0.2:83' }).waitFor()
    await keepsFocus(page)
    await tabTo(page, page.locator('.pictures .segment'))
    for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    const panel = page.locator('.panel')
    await panel.getByText('sequence number').waitFor()
    await hasText(panel, /flagsACK.*sequence number1 \(\d+\).*window1024.*text1460 bytes/)
    await press(page, panel.getByRole('button', { name: 'Close the details' }))
    await panel.waitFor({ state: 'hidden' })
    await hasFocus(page.locator('.pictures a.segment'))
  })
})

byKeys('the details of a segment are gone through; time is dragged back, and takes another way', t =>
  withPage(t, 'experiment', async page => {
    await press(page, button(page, 'Begin anew'))
    await tabTo(page, page.getByLabel('After each action'))
    await page.keyboard.press('End')
    const of = (name: 'client' | 'server', what: string) => button(host(page, name), what)
    const state = (name: 'client' | 'server', what: string) =>
      host(page, name)
        .locator('.pill', { hasText: new RegExp(`^${what}$`) })
        .waitFor()
    await press(page, of('server', 'Listen'))
    await press(page, of('client', 'Connect'))
    await state('server', 'ESTABLISHED')
    await press(page, of('client', 'Send'))
    const ladder = () =>
      page.locator('.ladder li').evaluateAll(items => items.map(item => item.textContent ?? ''))
    const first = await ladder()
    // The details of a segment are gone through to their end, and beyond.
    await tabTo(page, page.locator('.segment'))
    await page.keyboard.press('Enter')
    await tabTo(page, page.locator('.fields').getByRole('button', { name: 'sequence number' }))
    await hasMany(page, '.bytes .on', 4)
    await tabTo(page, page.getByRole('combobox', { name: 'Packets' }))
    const moment = page.getByRole('slider', { name: 'Moment' })
    await tabTo(page, moment)
    while ((await ladder()).length > first.length - 2) {
      const at = await moment.getAttribute('aria-valuetext')
      await page.keyboard.press('ArrowLeft')
      await page.locator(`input[type=range]:not([aria-valuetext="${at}"])`).first().waitFor()
    }
    const past = await ladder()
    await press(page, of('server', 'Abort'))
    await page.getByText('What was done after this moment is undone').waitFor()
    await state('client', 'CLOSED')
    await keepsFocus(page)
    const second = await ladder()
    t.deepEqual(second.slice(0, past.length - 1), first.slice(0, past.length - 1))
    t.notDeepEqual(second, first)
  }),
)

byKeys('faults and options are set by fields, which keep the focus, and by sliders; a host crashes', t =>
  withPage(t, 'experiment', async page => {
    // A field keeps the focus when Enter sets it.
    const delay = page.getByRole('textbox', { name: 'Delay', exact: true })
    await tabTo(page, delay)
    await page.keyboard.type('70ms')
    await page.keyboard.press('Enter')
    await page.locator('input[name=delay].set').waitFor()
    await hasFocus(delay)
    const rate = page.getByRole('slider', { name: 'Rate' })
    await tabTo(page, rate)
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    await page.locator('input[name=rate].set').waitFor()
    await rate.and(page.locator('[aria-valuetext="100mbit"]')).waitFor()
    await page.waitForFunction(
      () => document.querySelector<HTMLInputElement>('input[name=rate]')!.value === '100mbit',
    )
    await tabTo(page, page.getByRole('slider', { name: 'MSL, ms' }))
    await page.keyboard.press('Home')
    await page.locator('input[name=msl][value="10"]').waitFor()
    const sack = page.getByRole('checkbox', { name: 'SACK' })
    await press(page, sack, 'Space')
    await sack.and(page.locator(':not(:checked)')).waitFor()

    await press(page, button(host(page, 'client'), 'Crash'))
    await page.getByText('without power').waitFor()
    await press(page, button(host(page, 'client'), 'Reboot'))
    await keepsFocus(page)
  }),
)

byKeys('a controller is written, run and stopped: Tab indents in the editor, and after Escape leaves it', t =>
  withPage(t, 'controller', async page => {
    const text = page.locator('.cm-content')
    await tabTo(page, text)
    await page.keyboard.press('Control+Home')
    await page.keyboard.press('Tab')
    await page.waitForFunction(() => document.querySelector('.cm-line')!.textContent!.startsWith('  //'))
    await page.keyboard.press('Escape')
    await page.keyboard.press('Tab')
    await hasFocus(button(page, 'Run'))
    await page.keyboard.press('Enter')
    const stop = button(page, 'Stop')
    await stop.and(page.locator(':enabled')).waitFor()
    await press(page, stop)
    await page.getByText('It was stopped.').waitFor()
    await keepsFocus(page)
    await tabTo(page, page.getByLabel('Time, s'))
    await page.keyboard.press('Control+a')
    await page.keyboard.type('2')
    await page.keyboard.press('Enter')
    await page.locator('.outcome table').waitFor()
    await hasFocus(page.getByLabel('Time, s'))
  }),
)

byKeys(
  'whatever one may press, set or read as a picture has a name; nothing is told all the time',
  async t => {
    for (const part of ['experiment', 'labs/handshake', 'missions', 'captures', 'controller'])
      await withPage(t, part, async page => {
        await page.locator('.segment, .verdict, input[type=file], .cm-content').first().waitFor()
        t.deepEqual(await unnamed(page), [], part)
      })
    // Nothing is heard by itself while time passes.
    await withPage(t, 'experiment', async page => {
      await page.evaluate(() => {
        const heard: string[] = []
        Object.assign(window, { heard })
        new MutationObserver(changes => {
          for (const { target } of changes) {
            const on = target instanceof Element ? target : target.parentElement
            const live = on?.closest('[aria-live=polite], [role=status], [role=alert], output')
            if (live?.textContent) heard.push(live.textContent)
          }
        }).observe(document.body, { childList: true, characterData: true, subtree: true })
      })
      await press(page, button(page, 'Begin anew'))
      await press(page, button(host(page, 'server'), 'Listen'))
      await press(page, button(host(page, 'client'), 'Connect'))
      await host(page, 'client').locator('.pill', { hasText: 'ESTABLISHED' }).waitFor()
      t.deepEqual(await page.evaluate('heard'), [])
      // One step in time is told, in a line.
      await page.keyboard.press('Escape')
      await page.keyboard.press('ArrowLeft')
      await page.locator('.heard', { hasText: /./ }).waitFor({ state: 'attached' })
      t.regex(String(await page.locator('.heard').textContent()), /^.{5,80}$/)
    })
  },
)
