/** The page in a browser: beside a TUN with the kernel's clients, and with more connections than anybody has. */
import { once } from 'node:events'
import test, { type ExecutionContext } from 'ava'
import type { Page } from 'playwright-core'
import { createPipe } from '../../src/link/pipe.ts'
import type { LiveView } from '../../src/live/live-view.ts'
import { createStack } from '../../src/net/create-stack.ts'
import { nodeClock } from '../../src/net/node-clock.ts'
import type { Socket } from '../../src/net/socket.ts'
import type { Stack } from '../../src/net/stack.ts'
import { parseAddress } from '../../src/wire/address.ts'
import { hasMany, launchChromium } from '../support/browser.ts'
import { namespaceTest } from '../support/namespace.ts'
import { missingTools, testUnless } from '../support/needs.ts'

const CASES = new URL('page-cases.js', import.meta.url)

namespaceTest.serial(
  'curl and a client that is closed to move dots through the states to CLOSED and TIME_WAIT',
  CASES,
  'states',
  ['curl', 'chromium'],
)
namespaceTest.serial(
  'a fault that is set in the page loses a segment, and its retransmission appears',
  CASES,
  'faults',
  ['chromium'],
)
namespaceTest.serial(
  'by keys alone a connection is found, a header read, a segment lost, a capture taken and the connection reset',
  CASES,
  'keys',
  ['chromium'],
)

const withPage = async (
  t: ExecutionContext,
  width: number,
  before: (server: Stack, client: Stack) => Promise<void> | void,
  use: (page: Page, server: Stack, view: LiveView) => Promise<void>,
  history?: number,
): Promise<void> => {
  t.timeout(240_000)
  const [a, b] = createPipe(nodeClock)
  const client = createStack({ link: a, address: '192.0.2.1/24' })
  const server = createStack({ link: b, address: '192.0.2.2/24' })
  server.createServer(socket => socket.on('error', () => {}).pipe(socket)).listen(7)
  const view = await server.view(history === undefined ? {} : { history })
  const browser = await launchChromium()
  try {
    await before(server, client)
    const page = await browser.newPage({ viewport: { width, height: 800 } })
    page.setDefaultTimeout(120_000)
    const troubles: string[] = []
    page.on('pageerror', error => troubles.push(error.message))
    page.on('console', message => troubles.push(message.text()))
    await page.goto(view.url)
    await use(page, server, view)
    t.deepEqual(troubles, [])
  } finally {
    await browser.close()
    view.close()
    await Promise.all([client.close({ grace: 0 }), server.close({ grace: 0 })])
  }
}

const talk = (stack: Stack): Promise<void> =>
  new Promise(resolve => {
    const socket = stack.connect(7, '192.0.2.2', () => socket.write('x'))
    socket.on('data', () => socket.end())
    socket.on('close', () => resolve())
  })

/** One step, and until it is drawn. */
const step = async (page: Page, key: 'ArrowLeft' | 'ArrowRight'): Promise<void> => {
  const moment = page.getByRole('slider', { name: 'Moment' })
  const before = await moment.getAttribute('aria-valuetext')
  await page.keyboard.press(key)
  await page.waitForFunction(
    old => document.querySelector('input[type=range]')!.getAttribute('aria-valuetext') !== old,
    before,
  )
}

const browserTest = testUnless(missingTools('chromium'), test.serial)

browserTest('time stands still, goes back step by step, and on again to where it is live', async t =>
  withPage(
    t,
    1400,
    (_, client) => talk(client),
    async page => {
      const pill = page.locator('.card h3 .pill').last()
      const state = (name: string) =>
        page.locator('.card h3 .pill', { hasText: new RegExp(`^${name}$`) }).waitFor()
      await state('CLOSED')
      await page.getByRole('button', { name: 'Pause' }).click()
      await page.locator('.to-live[aria-pressed=false]').waitFor()
      for (const before of ['LAST_ACK', 'CLOSE_WAIT', 'ESTABLISHED', 'SYN_RECEIVED']) {
        while ((await pill.textContent()) !== before) await step(page, 'ArrowLeft')
        await page.locator(`circle.dot.chosen.s-${before}`).waitFor({ state: 'attached' })
      }
      // Every segment that is not yet there is not on the ladder.
      t.true((await page.locator('.segment').count()) <= 3)
      while ((await pill.textContent()) !== 'ESTABLISHED') await step(page, 'ArrowRight')
      await page.getByRole('slider', { name: 'Moment' }).fill('0')
      await page.getByText('No connections yet').or(page.getByText('Choose a dot')).first().waitFor()
      await page.getByRole('button', { name: 'live', exact: true }).click()
      await page.locator('circle.dot.s-CLOSED.chosen').waitFor({ state: 'attached' })
      await page.locator('.to-live[aria-pressed=true]').waitFor()
    },
  ),
)

browserTest('keys lead along the ladder, a list, and the bytes of a header are named one by one', async t =>
  withPage(
    t,
    1400,
    (_, client) => talk(client),
    async page => {
      await page.locator('.ladder .marks b', { hasText: 'CLOSED' }).waitFor()
      await page.locator('.ladder ol > li').nth(5).waitFor({ state: 'attached' })
      await page.locator('.segment').first().focus()
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: /^Received/ }).waitFor()
      await page.keyboard.press('ArrowDown')
      await page.getByText('Takes the connection').waitFor()
      await hasMany(page, '.segment[aria-current]', 1)
      const fields = await page.locator('.fields').allTextContents()
      t.regex(fields.join(), /acknowledgment number.*flagsSYN, ACK/s)
      t.regex(fields.join(), /maximum segment size1460 bytes/)
      await page.keyboard.press('Escape')
      await page.locator('.chosen-segment').waitFor({ state: 'detached' })
    },
  ),
)

browserTest(
  'Tab alone reaches whatever can be pressed, and Enter on a state keeps its connections',
  async t =>
    withPage(
      t,
      1400,
      (_, client) => talk(client),
      async page => {
        await page.locator('.ladder .marks b', { hasText: 'CLOSED' }).waitFor()
        await page.locator('body').click({ position: { x: 1, y: 1 } })
        /** Marks what has the focus; false where it has left the page. */
        const reached = () =>
          page.evaluate(() => {
            const focused = document.activeElement!
            focused.setAttribute('data-reached', '')
            return focused !== document.body
          })
        do await page.keyboard.press('Tab')
        while (await reached())
        const missed = await page
          .locator('button:enabled, [role=button], a[href], select:enabled, input:enabled, summary')
          .and(page.locator(':not([data-reached]):not([tabindex="-1"])'))
          .evaluateAll(all => all.filter(e => e.checkVisibility()).map(e => e.outerHTML.slice(0, 100)))
        t.deepEqual(missed, [])

        const rows = page.locator('tbody tr')
        const all = await rows.count()
        await page.getByRole('button', { name: 'CLOSED: 1' }).press('Enter')
        await page.waitForFunction(n => document.querySelectorAll('tbody tr').length < n, all)
        await hasMany(page, 'tbody tr', 1)
        await page.getByRole('button', { name: 'CLOSED: 1' }).press(' ')
        await page.waitForFunction(n => document.querySelectorAll('tbody tr').length === n, all)
      },
    ),
)

browserTest(
  '10,000 connections are counted, searched and scrolled through; only what is seen is drawn',
  async t =>
    withPage(
      t,
      1400,
      server => {
        const common = { type: 'transition', section: '§3.10.7.2', cause: 'segment' } as const
        for (let i = 0; i < 10_000; i++) {
          const connection = {
            localAddress: parseAddress('192.0.2.2'),
            localPort: 7,
            remoteAddress: parseAddress(`10.1.${i >> 8}.${i & 255}`),
            remotePort: 4000,
            active: false,
          }
          const event = { ...common, time: nodeClock.now(), connection }
          server.host.trace!({ ...event, from: 'LISTEN', to: 'SYN_RECEIVED', event: 'SYN' })
          server.host.trace!({ ...event, from: 'SYN_RECEIVED', to: 'ESTABLISHED', event: 'ack of SYN' })
        }
      },
      async page => {
        await page.getByRole('button', { name: 'ESTABLISHED: 10000' }).waitFor({ state: 'attached' })
        await page.locator('table.connections[aria-rowcount="10002"]').waitFor()
        t.true((await page.locator('circle.dot').count()) < 50)
        t.true((await page.locator('table.connections tr').count()) < 100)
        await page.locator('.rows').evaluate(rows => {
          rows.scrollTop = rows.scrollHeight
        })
        await page.locator('tr[aria-rowindex="10002"]').waitFor()
        await page.getByRole('searchbox').fill('10.1.7.')
        await page.getByText(/^256 of/).waitFor()
        await page.locator('table.connections[aria-rowcount="257"]').waitFor()
        await page.getByRole('searchbox').fill('nobody')
        await page.getByText('None of them fits').waitFor()
      },
    ),
)

/** Hides the page from whoever looks, or shows it again, as another tab before it does. */
const hide = (page: Page, hidden: boolean): Promise<void> =>
  page.evaluate(hidden => {
    Object.defineProperty(document, 'hidden', { value: hidden, configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))
  }, hidden)

browserTest(
  'a hidden page is told nothing; seen again, it catches up, and says what it has missed',
  async t => {
    let held: Socket
    let talks = async (_: number) => {}
    await withPage(
      t,
      1400,
      async (_, client) => {
        held = client.connect(7, '192.0.2.2')
        await once(held, 'connect')
        talks = async times => {
          for (let i = 0; i < times; i++) await talk(client)
        }
      },
      async page => {
        const asked: string[] = []
        page.on('request', request => asked.push(new URL(request.url()).search))
        const light = (text: string) => page.getByRole('status').filter({ hasText: text }).waitFor()
        const established = page.getByRole('button', { name: 'ESTABLISHED: 1' })
        await light('connected')
        await established.waitFor({ state: 'attached' })
        await page.clock.install()
        await hide(page, true)
        await hide(page, false)
        await page.clock.fastForward(60_000)
        t.deepEqual(asked, [], 'one who comes back at once has missed nothing')
        await hide(page, true)
        await page.clock.fastForward(6000)
        await light('hidden')
        held.destroy()
        await talks(20)
        await hide(page, false)
        await light('connected')
        await page.getByText(/\d+ events are missing: .* not seen$/).waitFor()
        t.is(asked.length, 1)
        t.regex(asked[0]!, /&after=\w+\+\d+$/)
        // No event that is kept tells its fate meanwhile.
        await established.waitFor({ state: 'detached' })
      },
      100,
    )
  },
)

browserTest('at 375 pixels nothing is wider than the page, and every view is one button away', async t =>
  withPage(
    t,
    375,
    (_, client) => talk(client),
    async page => {
      for (const name of ['States', 'Connections', 'Ladder', 'Plots', 'Details', 'Network']) {
        await page.getByRole('button', { name, exact: true }).click()
        await page.getByRole('region', { name, exact: true }).waitFor()
        t.is(await page.evaluate('document.documentElement.scrollWidth'), 375, name)
      }
    },
  ),
)
