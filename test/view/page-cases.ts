/** Cases of page.test.ts, each in a process and a network namespace of its own: a browser beside the kernel's clients. */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import net from 'node:net'
import type { Page } from 'playwright-core'
import { type Program, tuntcp, withDirectory } from '../cli/program.ts'
import { hasFocus, hasMany, launchChromium } from '../support/browser.ts'
import { keepsFocus, press, tabTo } from '../support/by-keys.ts'
import { runCase } from '../support/namespace-case.ts'
import { unnamed } from '../support/unnamed.ts'

/** Long enough for any machine, ms. */
const PATIENCE = 120_000

const withPage = (use: (page: Page, serve: Program) => Promise<void>, args: readonly string[] = []) =>
  withDirectory(async () => {
    execFileSync('ip', ['link', 'set', 'lo', 'up'])
    const serve = tuntcp(['serve', '--ui', '--ipv6', 'off', '--log-level', 'warn', ...args])
    const [, url] = await serve.prints(/shows it live at (http:\S+)/)
    const browser = await launchChromium()
    try {
      const page = await browser.newPage({ viewport: { width: 1400, height: 900 } })
      page.setDefaultTimeout(PATIENCE)
      const troubles: string[] = []
      page.on('pageerror', error => troubles.push(error.message))
      await page.goto(url!)
      await use(page, serve)
      assert.deepEqual(troubles, [])
    } finally {
      await browser.close()
      const { code } = await serve.end('SIGTERM')
      assert.equal(code, 0)
    }
  })

const curl = async (url: string): Promise<string> => {
  const child = spawn('curl', ['-sS', '--max-time', '110', url], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.on('data', data => {
    text += data
  })
  const [code] = await once(child, 'close')
  assert.equal(code, 0)
  return text
}

/** A client that leaves the closing to the server. */
const daytime = async (): Promise<void> => {
  const socket = net.connect(13, '192.0.2.2')
  socket.resume()
  await once(socket, 'close')
}

await runCase({
  /** The dot of a connection goes to where its state is, for clients of the kernel. */
  async states() {
    await withPage(async page => {
      await page.locator('circle.dot.s-LISTEN').first().waitFor({ state: 'attached' })
      await curl('http://192.0.2.2/')
      // The client has closed first.
      await page
        .locator('circle.dot.s-CLOSED[data-connection^="192.0.2.2:80 "]')
        .waitFor({ state: 'attached' })
      await page.getByText('LAST_ACK → CLOSED').first().waitFor({ state: 'attached' })
      await daytime()
      const dot = page.locator('circle.dot.s-TIME_WAIT[data-connection^="192.0.2.2:13 "]')
      await dot.waitFor({ state: 'attached' })
      await dot.dispatchEvent('click')
      await page.locator('.ladder .marks b.s-TIME_WAIT').waitFor({ state: 'attached' })
      await page.locator('.segment', { hasText: '[S.]' }).first().click()
      await page.getByText('Takes the connection').first().waitFor()
      await page.getByText('RFC 9293 §3.5').first().waitFor()
    })
  },

  /** The page's losses are lost, and repaired. */
  async faults() {
    await withPage(async page => {
      const socket = net.connect(7, '192.0.2.2')
      await once(socket, 'connect')
      socket.write('a')
      await once(socket, 'data')
      await page.locator('.connections tr', { hasText: ':7' }).filter({ hasText: 'ESTABLISHED' }).click()
      await page.locator('.direction select').selectOption('out')
      await page.getByRole('button', { name: 'Lose the next text' }).click()
      await page.getByText('The next segment with text will be lost.').waitFor()
      socket.write('b')
      const [text] = await once(socket, 'data')
      assert.equal(String(text), 'b')
      await page.locator('.ladder .segment.lost').waitFor({ state: 'attached' })
      await page
        .locator('.segment[aria-label*="tail loss probe"], .segment[aria-label*="timeout"]')
        .first()
        .waitFor({ state: 'attached' })
      // A fault that stays is shown as set, by the stack.
      await page.locator('input[name=delay]').fill('5ms')
      await page.locator('input[name=delay]').blur()
      await page.locator('input[name=delay].set').waitFor()
      await page.locator('input[name=loss]').fill('lots')
      await page.locator('input[name=loss]').blur()
      await page.locator('.said', { hasText: 'loss' }).waitFor()
      // The MSL of new connections.
      await page.locator('input[name=msl]').fill('50')
      await page.locator('input[name=msl]').blur()
      await page.locator('input[name=msl][value="50"]').waitFor()
      const reset = once(socket, 'error')
      await page.getByRole('button', { name: 'Reset it' }).click()
      assert.equal((await reset)[0].code, 'ECONNRESET')
    })
  },

  /** A fault, a look at a header, a capture and a reset, by a reader who has no mouse. */
  async keys() {
    await withPage(async page => {
      const socket = net.connect(7, '192.0.2.2')
      await once(socket, 'connect')
      socket.write('a')
      await once(socket, 'data')
      const button = (name: string) => page.getByRole('button', { name, exact: true })
      // Those of all connections that are established, by the diagram; then the one of the table.
      await press(page, button('ESTABLISHED: 1'))
      await page.getByText(/^1 of \d+$/).waitFor()
      const row = page.locator('.connections').getByRole('button', { name: /^ESTABLISHED, 192\.0\.2\.2:7, / })
      await press(page, row)
      await page.locator('.connections tr.chosen').waitFor()
      await hasFocus(row)
      await press(page, page.locator('.segment'))
      await page.getByRole('heading', { name: /^Sent|^Received/ }).waitFor()
      await page.keyboard.press('Home')
      await page.getByRole('heading', { name: /^Received \[S\]/ }).waitFor()
      await hasMany(page, '.segment:not([tabindex="-1"])', 1)
      const field = page.locator('.fields').getByRole('button', { name: 'sequence number' })
      await tabTo(page, field)
      await hasMany(page, '.bytes .on', 4)
      await press(page, button('Close the segment'))
      await page.locator('.chosen-segment').waitFor({ state: 'detached' })
      await keepsFocus(page)

      await tabTo(page, page.getByRole('combobox', { name: /^packets/ }))
      await page.keyboard.type('that leave')
      await press(page, button('Lose the next text'), 'Space')
      await page.getByText('The next segment with text will be lost.').waitFor()
      socket.write('b')
      await once(socket, 'data')
      await page.locator('.ladder .segment.lost').waitFor({ state: 'attached' })
      const delay = page.getByLabel('Delay', { exact: true })
      await tabTo(page, delay)
      await page.keyboard.type('5ms')
      await page.keyboard.press('Enter')
      await page.locator('input[name=delay].set').waitFor()
      await hasFocus(delay)
      await press(page, button('Start a capture'))
      await button('Stop it').waitFor()
      await press(page, button('Stop it'))
      await button('Save the last one').waitFor()
      const reset = once(socket, 'error')
      await press(page, button('Reset it'))
      assert.equal((await reset)[0].code, 'ECONNRESET')
      // Its row is filtered out, and the focus is where Tab goes on from.
      await page.getByText('None of them fits').waitFor()
      await keepsFocus(page)
      await press(page, button('clear'))
      await page.locator('.connections tr', { hasText: 'CLOSED' }).first().waitFor()
      await keepsFocus(page)
      assert.deepEqual(await unnamed(page), [])
    })
  },
})
