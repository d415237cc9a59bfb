/** The playground in a browser: from a file and from a sub-path, by pointer and by keys, wide and narrow. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import type { Browser, Page } from 'playwright-core'
import { ROOT } from '../cli/program.ts'
import { hasMany, launchChromium } from '../support/browser.ts'
import { missingTools, programPath, testUnless } from '../support/needs.ts'

/** Longer than any machine takes, ms. */
const PATIENCE = 240_000

const site = mkdtempSync(join(tmpdir(), 'tuntcp-site-'))
const index = pathToFileURL(join(site, 'index.html')).href
let browser: Browser | null = null

test.before(async t => {
  t.timeout(PATIENCE)
  await promisify(execFile)(process.execPath, ['scripts/build-site.js', site], { cwd: ROOT })
  if (programPath('chromium') !== null) browser = await launchChromium()
})

test.after.always(async () => {
  await browser?.close()
  rmSync(site, { recursive: true, force: true })
})

/** A page in a browser that has been nowhere before. */
const withPage = async (
  t: ExecutionContext,
  url: string,
  use: (page: Page) => Promise<void>,
  width = 1400,
): Promise<void> => {
  t.timeout(PATIENCE)
  const context = await browser!.newContext({ viewport: { width, height: 900 } })
  try {
    const page = await context.newPage()
    page.setDefaultTimeout(PATIENCE)
    const troubles: string[] = []
    page.on('pageerror', error => troubles.push(error.message))
    page.on('console', message => troubles.push(message.text()))
    page.on('request', request => {
      if (!request.url().startsWith(new URL('.', url).href)) troubles.push(`asked for ${request.url()}`)
    })
    await page.goto(url)
    await use(page)
    t.deepEqual(troubles, [])
  } finally {
    await context.close()
  }
}

const button = (page: Page, host: 'client' | 'server', name: string) =>
  page.getByRole('region', { name: host, exact: true }).getByRole('button', { name, exact: true })

const state = (page: Page, host: 'client' | 'server', name: string) =>
  page
    .locator('.host', { has: page.getByRole('heading', { name: host }) })
    .locator('.of .pill', { hasText: new RegExp(`^${name}$`) })

/** The ladder as it is read out. */
const ladder = (page: Page): Promise<string[]> =>
  page.locator('.ladder li').evaluateAll(items => items.map(item => item.textContent ?? ''))

/** An experiment that runs to its end at once. */
const begin = async (page: Page): Promise<void> => {
  await page.getByRole('button', { name: 'Begin anew' }).click()
  await page.getByLabel('After each action').selectOption('fast')
  await button(page, 'server', 'Listen').click()
  await button(page, 'client', 'Connect').click()
  await state(page, 'server', 'ESTABLISHED').waitFor()
}

const inBrowser = testUnless(missingTools('chromium'), test.serial)

test('the first view is at most 150 KB by gzip, and its files are there', t => {
  const page = readFileSync(join(site, 'index.html'))
  const scripts = [...page.toString().matchAll(/<script src="([^"]+)"/g)].map(([, name]) => name!)
  t.true(scripts.length > 0)
  const files = [page, ...scripts.map(name => readFileSync(join(site, basename(name))))]
  const size = files.reduce((sum, file) => sum + gzipSync(file).length, 0)
  t.true(size <= 150_000, `${size} bytes`)
  t.true(size > 50_000)
})

inBrowser('from a file: a ladder is there at once, and buttons take two hosts through a connection', t =>
  withPage(t, index, async page => {
    await page.locator('.segment').first().waitFor({ state: 'attached' })
    await page.locator('.segment').nth(10).waitFor({ state: 'attached' })
    await begin(page)
    await page.getByRole('button', { name: 'Lose the next text' }).click()
    await page.getByText('The next text will be lost.').waitFor()
    await button(page, 'client', 'Send').click()
    await page.locator('.segment.lost').waitFor({ state: 'attached' })
    await page
      .locator('.segment[aria-label*="tail loss probe"], .segment[aria-label*="timeout"]')
      .first()
      .waitFor({ state: 'attached' })
    await button(page, 'server', 'Close').click()
    await state(page, 'server', 'FIN_WAIT_2').waitFor()
    await button(page, 'client', 'Close').click()
    await state(page, 'server', 'TIME_WAIT').waitFor()
    // As far as it goes: 2 MSL are over.
    await page.getByRole('button', { name: 'to the end' }).click()
    await state(page, 'server', 'CLOSED').waitFor()
    await state(page, 'client', 'CLOSED').waitFor()
    await button(page, 'client', 'Crash').click()
    await page.getByText('without power').waitFor()
    await button(page, 'client', 'Connect').and(page.locator(':disabled')).waitFor()
    await button(page, 'client', 'Reboot').click()
  }),
)

inBrowser('a moment of the past takes another way: the ladders differ after it only', t =>
  withPage(t, index, async page => {
    await begin(page)
    await button(page, 'client', 'Send').click()
    const first = await ladder(page)
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('ArrowLeft')
    const past = await ladder(page)
    t.deepEqual(first.slice(0, past.length - 1), past.slice(0, -1))
    await button(page, 'server', 'Abort').click()
    await page.getByText('What was done after this moment is undone').waitFor()
    await state(page, 'client', 'CLOSED').waitFor()
    const second = await ladder(page)
    t.deepEqual(second.slice(0, past.length - 1), past.slice(0, -1))
    t.notDeepEqual(second, first)
  }),
)

inBrowser('a link gives the same ladder in a browser that was never here; a damaged one is told', async t => {
  let link = ''
  let there: string[] = []
  await withPage(t, index, async page => {
    await begin(page)
    await page.locator('input[name=loss]').fill('20%')
    await page.locator('input[name=loss]').blur()
    await page.locator('input[name=loss].set').waitFor()
    await page.getByRole('spinbutton', { name: 'Seed' }).fill('7')
    await page.getByRole('spinbutton', { name: 'Seed' }).blur()
    await state(page, 'server', 'ESTABLISHED').waitFor()
    await button(page, 'server', 'Send').click()
    await button(page, 'client', 'Close').click()
    await page.getByRole('button', { name: 'Copy link' }).click()
    link = page.url()
    there = await ladder(page)
  })
  t.regex(link, /#experiment\/[\w-]{20,150}$/)
  t.true(there.length > 20)
  await withPage(t, link, async page => {
    await page.locator('.segment').first().waitFor({ state: 'attached' })
    t.deepEqual(await ladder(page), there)
  })
  await withPage(t, link.slice(0, -3), async page => {
    await page.getByText('The link is damaged').waitFor()
    // Another link into the same page is followed.
    await page.evaluate(hash => {
      location.hash = hash
    }, new URL(link).hash)
    await page.locator('.segment').first().waitFor({ state: 'attached' })
    t.deepEqual(await ladder(page), there)
  })
})

inBrowser('from a sub-path, by keys alone, step by step', async t => {
  const server = createServer((request, response) => {
    const name = /^\/some\/where\/([\w.-]*)$/.exec(request.url ?? '')?.[1]
    if (name === undefined) return response.writeHead(404).end()
    const type = name.endsWith('.js') ? 'text/javascript' : 'text/html'
    response.writeHead(200, { 'content-type': `${type}; charset=utf-8` })
    response.end(readFileSync(join(site, name || 'index.html')))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  try {
    await withPage(t, `http://127.0.0.1:${port}/some/where/`, async page => {
      await page.getByRole('button', { name: 'Begin anew' }).focus()
      await page.keyboard.press('Enter')
      await page.getByLabel('After each action').focus()
      await page.keyboard.press('Home')
      await page.waitForFunction(
        () => document.querySelector<HTMLSelectElement>('.stage-bar select')!.value === 'hand',
      )
      await button(page, 'server', 'Listen').focus()
      await page.keyboard.press('Enter')
      await button(page, 'server', 'Stop listening').waitFor()
      await button(page, 'client', 'Connect').focus()
      await page.keyboard.press('Space')
      await state(page, 'client', 'SYN_SENT').waitFor()
      for (const [host, name] of [
        ['server', 'SYN_RECEIVED'],
        ['client', 'ESTABLISHED'],
        ['server', 'ESTABLISHED'],
      ] as const)
        while ((await state(page, host, name).count()) === 0) {
          const moment = await page.getByRole('slider', { name: 'Moment' }).getAttribute('aria-valuetext')
          await page.keyboard.press('ArrowRight')
          await page.waitForFunction(
            old => document.querySelector('input[type=range]')!.getAttribute('aria-valuetext') !== old,
            moment,
          )
        }
      t.true((await page.locator('.ladder li').count()) >= 3)
    })
  } finally {
    server.closeAllConnections()
    server.close()
  }
})

inBrowser('the page speaks Chinese where the address or the reader says so, and remembers it', t =>
  withPage(t, `${index}#zh/experiment`, async page => {
    await page.getByRole('button', { name: '重新开始' }).waitFor()
    await page.locator('html[lang=zh]').waitFor()
    await page.getByRole('combobox', { name: '语言' }).selectOption('en')
    await page.getByRole('button', { name: 'Begin anew' }).waitFor()
    await page.waitForURL(/#en\/experiment/)
    await page.goto(index)
    await page.getByRole('combobox', { name: 'Language' }).selectOption('zh')
    await page.getByRole('button', { name: '重新开始' }).waitFor()
    await page.reload()
    await page.getByRole('button', { name: '重新开始' }).waitFor()
  }),
)

inBrowser('at 375 pixels nothing is wider than the page, and every panel is one button away', t =>
  withPage(
    t,
    index,
    async page => {
      for (const name of ['States', 'Connections', 'Ladder', 'Plots', 'Details', 'Network']) {
        await page
          .getByRole('navigation', { name: 'Views' })
          .getByRole('button', { name, exact: true })
          .click()
        await page.getByRole('region', { name, exact: true }).waitFor()
        t.is(await page.evaluate('document.documentElement.scrollWidth'), 375, name)
      }
    },
    375,
  ),
)

inBrowser('an address that names nothing here is told so, and says what is shown in its place', t =>
  withPage(t, `${index}#nowhere`, async page => {
    await page.getByText('There is no “nowhere” here.').waitFor()
    await page.locator('.segment').first().waitFor({ state: 'attached' })
    for (const part of ['labs/no-such-lab', 'missions/no-such-mission']) {
      await page.goto(`${index}#${part}`)
      await page.getByText(`There is no “${part.split('/')[1]}” here.`).waitFor()
    }
    await page.goto(`${index}#missions/closing`)
    await page.getByRole('region', { name: 'Make a CLOSING' }).waitFor()
    await hasMany(page, '.trouble', 0)
  }),
)

inBrowser('a part that cannot be loaded says so, and the rest of the page goes on', async t => {
  t.timeout(PATIENCE)
  const page = await browser!.newPage()
  try {
    page.setDefaultTimeout(PATIENCE)
    const troubles: string[] = []
    page.on('pageerror', error => troubles.push(error.message))
    await page.route(/(?:inspector|view-zh)-\w+\.js$/, route => route.abort())
    await page.goto(index)
    await page.getByRole('region', { name: 'Details' }).getByRole('alert').waitFor()
    await page.getByRole('combobox', { name: 'Language' }).selectOption('zh')
    await page.locator('.trouble', { hasText: 'This part could not be loaded' }).waitFor()
    await begin(page)
    t.deepEqual(troubles, [])
  } finally {
    await page.close()
  }
})
