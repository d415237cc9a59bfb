/** Sheets of the labs, to be printed. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import test from 'ava'
import { questionsOf } from '../../src/lab/guide.ts'
import { LABS } from '../../src/lab/labs/all.ts'
import { ROOT } from '../cli/program.ts'
import { launchChromium } from '../support/browser.ts'
import { missingTools, testUnless } from '../support/needs.ts'

const directory = mkdtempSync(join(tmpdir(), 'sheets-'))
test.after.always(() => rmSync(directory, { recursive: true }))
execFileSync(process.execPath, [`${ROOT}scripts/sheets.js`, directory])

const DIRECTORIES = { en: '', zh: 'zh' } as const

for (const [language, sub] of Object.entries(DIRECTORIES))
  test(`each lab has a sheet with its questions and without the answers: ${language}`, t => {
    const names = LABS.map(({ name }) => name)
    const made = readdirSync(join(directory, sub)).filter(name => name.endsWith('.html'))
    t.deepEqual(made.sort(), names.map(name => `${name}.html`).sort())
    for (const name of names) {
      const sheet = readFileSync(join(directory, sub, `${name}.html`), 'utf8')
      const questions = questionsOf(readFileSync(join(ROOT, 'docs/labs', sub, `${name}.md`), 'utf8'))
      t.is(sheet.split('class="room"').length - 1, questions.length, name)
      t.regex(sheet, new RegExp(`<html lang="${language}">`))
      t.true(sheet.includes(`npx tuntcp lab ${name}`))
      t.notRegex(sheet, /<details>|<!--|<a /)
      for (const { answer } of questions) t.false(sheet.includes(answer), `${name}: ${answer}`)
    }
  })

testUnless(missingTools('chromium'))(
  'a sheet is two pages of A4, of which nothing is cut off, and fits a telephone',
  async t => {
    const browser = await launchChromium()
    try {
      // As wide as what is printed of A4: 269 mm at 96 dpi.
      const page = await browser.newPage({ viewport: { width: 1017, height: 700 } })
      await page.emulateMedia({ media: 'print' })
      for (const [n, { name }] of LABS.entries()) {
        const sub = n % 2 === 0 ? '' : 'zh'
        await page.goto(String(pathToFileURL(join(directory, sub, `${name}.html`))))
        const [width, wanted] = (await page.evaluate(
          'const { clientWidth, scrollWidth } = document.documentElement; [clientWidth, scrollWidth]',
        )) as [number, number]
        t.true(wanted <= width, `${name} is ${wanted} wide`)
        const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1')
        await page.setViewportSize({ width: 390, height: 700 })
        await page.emulateMedia({ media: 'screen' })
        t.is(await page.evaluate('document.documentElement.scrollWidth'), 390, name)
        await page.setViewportSize({ width: 1017, height: 700 })
        await page.emulateMedia({ media: 'print' })
        t.is(pdf.match(/\/Type \/Page\b/g)?.length, 2, name)
        t.regex(pdf, /\/MediaBox \[0 0 84[12][\d.]* 59[45][\d.]*\]/)
      }
    } finally {
      await browser.close()
    }
  },
)
