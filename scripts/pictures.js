#!/usr/bin/env node
/**
 * Takes the pictures of the live view and the playground for README.md and docs, light and dark: npm run pictures.
 * It runs in a network namespace of its own, and needs Chromium.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'

const SIZE = { width: 1360, height: 860 }
/** Per cent: letters of a ladder stay sharp, and a picture is below 150 kB. */
const QUALITY = 80

const root = resolve(new URL('..', import.meta.url).pathname)
const into = resolve(process.argv[2] ?? join(root, 'docs/images'))
const site = mkdtempSync(join(tmpdir(), 'tuntcp-pictures-'))

/** @returns how it ended */
const run = async (...words) =>
  once(spawn(process.execPath, words, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] }), 'close')

/** Takes the page as WebP, which Playwright has no name for. */
const take = async (page, name) => {
  const session = await page.context().newCDPSession(page)
  for (const scheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
    // A frame in which all is drawn, and one that shows it.
    await page.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))))
    const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: QUALITY })
    const file = `${name}${scheme === 'dark' ? '-dark' : ''}.webp`
    const bytes = Buffer.from(data, 'base64')
    writeFileSync(join(into, file), bytes)
    console.log(`${file}: ${Math.round(bytes.length / 1000)} kB`)
  }
}

const connectTo = async port => {
  const socket = net.connect(port, '192.0.2.2').on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** Connections in several states, and a transfer whose first segment of text is lost. */
const liveView = async browser => {
  const serve = spawn(
    process.execPath,
    ['dist/program/main.js', 'serve', '--ui', '--ipv6', 'off', '--log-level', 'warn'],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  try {
    let url = null
    for await (const line of createInterface(serve.stderr)) {
      url = /shows it live at (http:\S+)/.exec(line)?.[1] ?? null
      if (url !== null) break
    }
    const page = await browser.newPage({ viewport: SIZE })
    await page.goto(url)
    const idle = await Promise.all([connectTo(7), connectTo(7), connectTo(9)])
    const told = await connectTo(13)
    told.resume()
    await once(told, 'close')
    await page.locator('input[name=delay]').fill('10ms')
    await page.locator('input[name=delay]').press('Enter')
    await page.locator('input[name=delay].set').waitFor()
    await page.locator('.direction select').selectOption('out')
    await page.getByRole('button', { name: 'Lose the next text' }).click()
    await page.getByText('The next segment with text will be lost.').waitFor()
    const transfer = await connectTo(80)
    transfer.resume()
    transfer.write('GET /bytes/60000 HTTP/1.1\r\nHost: 192.0.2.2\r\nConnection: close\r\n\r\n')
    await once(transfer, 'close')
    await page.locator('.connections tbody tr', { hasText: ':80' }).filter({ hasNotText: 'LISTEN' }).click()
    await page.locator('.segment.lost').first().click()
    await page.locator('.at-plots canvas').first().waitFor()
    await page.locator('.at-network').evaluate(pane => pane.scrollTo(0, 0))
    await take(page, 'view')
    for (const socket of idle) socket.destroy()
    await page.close()
  } finally {
    serve.kill()
    await once(serve, 'close')
  }
}

/** The experiment that a visitor sees first, at its end. */
const playground = async browser => {
  await run('scripts/build-site.js', site)
  const page = await browser.newPage({ viewport: SIZE, locale: 'en-US' })
  await page.goto(pathToFileURL(join(site, 'index.html')).href)
  await page.locator('.at-details .card').first().waitFor()
  await page.locator('.at-plots canvas').first().waitFor()
  await take(page, 'playground')
  await page.close()
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
})
try {
  await liveView(browser)
  await playground(browser)
} finally {
  await browser.close()
  rmSync(site, { recursive: true })
}
