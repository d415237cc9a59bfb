/** The pages in a browser: no errors, nothing fetched, no scrolling sideways, and the keys work. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { labPage } from '../../../src/lab/html/lab-page.tsx'
import { LABS } from '../../../src/lab/labs/all.ts'
import { runVirtual } from '../../../src/lab/run-virtual.ts'
import { launchChromium } from '../../support/browser.ts'
import { missingTools, testUnless } from '../../support/needs.ts'

testUnless(missingTools('chromium'))(
  'pages open without errors, fetch nothing, fit every width, and answer to keys',
  async t => {
    const directory = mkdtempSync(join(tmpdir(), 'tuntcp-html-'))
    const browser = await launchChromium()
    try {
      for (const name of ['handshake', 'loss', 'zero-window']) {
        const lab = LABS.find(l => l.name === name)!
        const run = await runVirtual(lab)
        const file = join(directory, `${name}.html`)
        // Side by side, as with a kernel's run.
        writeFileSync(file, labPage(lab, name === 'handshake' ? [run, run] : [run]))
        for (const [width, colorScheme] of [
          [360, 'dark'],
          [1920, 'light'],
        ] as const) {
          const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme })
          const troubles: string[] = []
          page.on('console', message => troubles.push(message.text()))
          page.on('pageerror', error => troubles.push(error.message))
          page.on('request', request => {
            if (!request.url().startsWith('file:')) troubles.push(request.url())
          })
          await page.goto(pathToFileURL(file).href)
          t.is(await page.evaluate('document.documentElement.scrollWidth'), width, `${name} at ${width}`)
          const ink = await page.evaluate('getComputedStyle(document.body).backgroundColor')
          t.is(ink, colorScheme === 'dark' ? 'rgb(15, 19, 24)' : 'rgb(255, 255, 255)')
          t.is(await page.locator('.segment[tabindex="0"]').count(), await page.locator('.ladder').count())
          await page.focus('.segment')
          await page.keyboard.press('ArrowDown')
          await page.keyboard.press('Enter')
          t.regex((await page.locator('.panel').textContent()) ?? '', /\b2 10 ms.*\[S\.\]/s)
          await page.keyboard.press('ArrowDown')
          t.regex((await page.locator('.panel').textContent()) ?? '', /\b3 20 ms/)
          await page.keyboard.press('Escape')
          t.false(await page.locator('.panel').isVisible())
          t.regex(
            (await page.evaluate('document.activeElement.getAttribute("aria-label")')) as string,
            /^3: at 20 ms/,
          )
          t.deepEqual(troubles, [])
          await page.close()
        }
      }
    } finally {
      await browser.close()
      rmSync(directory, { recursive: true })
    }
  },
)
