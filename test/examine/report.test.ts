/** What an examination has found, as text, as a page, for programs, and as a capture. */
import test from 'ava'
import { captureOf } from '../../src/examine/report/capture.ts'
import { examinedObject } from '../../src/examine/report/json.ts'
import { formatEnd, formatPlan, formatResult } from '../../src/examine/report/text.ts'
import type { Examined, Plan } from '../../src/examine/results.ts'
import { examinedPage } from '../../src/lab/html/examined-page.tsx'
import { readCapture } from '../../src/trace/read-capture.ts'
import { PLAIN } from '../../src/trace/text-style.ts'
import { unclosed } from '../lab/html/well-formed.ts'
import { examineOurs } from './bench.ts'

/** A terminal that is wider than the text ought to be. */
const WIDE = { ...PLAIN, width: 200 }

/** Some rules are broken, others cannot be looked at without a service. */
const WRONG = { tcp: { initialRto: 200, minRto: 200 }, target: { echo: 7, chargen: 19 } } as const

const examined = async (): Promise<{ plan: Plan; all: Examined }> => {
  const plans: Plan[] = []
  const all = await examineOurs({ ...WRONG, onPlan: made => plans.push(made) })
  return { plan: plans[0]!, all }
}
let once: ReturnType<typeof examined> | undefined
const results = () => (once ??= examined())

const idsOf = ({ results: all }: Examined, verdict: string): string[] =>
  all.filter(result => result.verdict === verdict).map(({ id }) => id)

test('the text of plan, verdicts, ladders and end fits 80 columns', async t => {
  const { plan, all } = await results()
  const text = [
    formatPlan(plan, WIDE),
    ...all.results.map(result => formatResult(result, WIDE, true)),
    formatEnd(all, WIDE),
  ].join('\n')
  for (const line of text.split('\n')) t.true([...line].length <= 80, line)
  t.regex(text, /^Examining 192\.0\.2\.2 \(port 7 echoes, port 19 sends\): \d+ checks/)
  t.regex(formatPlan(plan, PLAIN), / 2 of them leave 64 handshakes half done for a moment\.$/)
  t.regex(formatPlan({ ...plan, floods: 1 }, PLAIN), / One of them leaves 64 handshakes/)
  t.regex(formatPlan({ ...plan, floods: 0 }, PLAIN), / packets a second\.$/)
  t.regex(text, /^✗ MUST {4}dial-syn-retransmitted\n {4}\S.*\n(?: {4}\S.*\n)*\n +ms +examiner +examined$/m)
  t.regex(text, /^✓ MUST {4}port-refused$/m)
  t.regex(text, /^\? the target has no service that reads and is silent:/m)
})

test('counts are the same in text and page', async t => {
  const { all } = await results()
  const page = examinedPage(all, false)
  for (const level of ['MUST', 'SHOULD', 'habit']) {
    const of = (verdict: string) =>
      idsOf({ ...all, results: all.results.filter(r => r.level === level) }, verdict)
    const [holds, differs, open] = [of('holds').length, of('differs').length, of('cannot tell').length]
    t.true(holds > 0 && open > 0)
    const counts = `${holds} hold, ${differs} differ, ${open} cannot be told`
    t.regex(formatEnd(all, WIDE), new RegExp(`^${level} +${counts}$`, 'm'))
    t.true(page.includes(`${level}: ${counts}`))
  }
})

test('the page names each check with its rule, and has the ladder of each that differs', async t => {
  const { all } = await results()
  const page = examinedPage(all, false)
  t.is(unclosed(page), '')
  for (const { id, section } of all.results) {
    t.true(page.includes(`${id}</b>: `), id)
    t.true(page.includes(section.replaceAll('<', '&lt;')), id)
  }
  const differing = idsOf(all, 'differs')
  t.deepEqual(differing.sort(), [
    'dial-syn-retransmitted',
    'retransmission-not-too-soon',
    'syn-ack-first-timeout',
  ])
  t.deepEqual([...page.matchAll(/<h2>✗ ([^<]+)<\/h2>/g)].map(([, id]) => id!).sort(), differing)
  t.is(page.match(/class="ladder"/g)?.length, differing.length)
  const whole = examinedPage(all, true)
  t.true((whole.match(/class="ladder"/g)?.length ?? 0) > 100)
})

test('the page refers to nothing outside, to nothing that is not there, and draws no states that nobody knows', async t => {
  const page = examinedPage((await results()).all, false)
  t.deepEqual(
    page.match(/(?:src|href|action|data|poster)="(?!#)[^"]*"|url\((?!#)|@import|https?:\/\//gi),
    null,
  )
  for (const [, target] of page.matchAll(/href="#([^"]+)"/g)) t.true(page.includes(`id="${target}"`), target)
  t.false(page.includes('<h3>States</h3>'))
})

test('for programs there are all verdicts, with their packets', async t => {
  const { all } = await results()
  const said = JSON.parse(JSON.stringify(examinedObject(all))) as {
    results: (Record<string, string> & { packets: { time: number; direction: string; text: string }[] })[]
  }
  t.deepEqual(
    said.results.map(({ id, level, section, rule, verdict, why }) => ({
      id,
      level,
      section,
      rule,
      verdict,
      why,
    })),
    all.results.map(({ log, ...result }) => result),
  )
  const packets = said.results.find(({ id }) => id === 'port-refused')!.packets
  t.deepEqual(
    packets.map(({ direction, text }) => [direction, text.split(' ')[0]]),
    [
      ['out', 'S'],
      ['in', 'R.'],
      ['out', 'R'],
    ],
  )
  t.is(packets[0]!.time, 0)
})

test('the capture has every packet once, in order of time', async t => {
  const { all } = await results()
  const packets = [...readCapture(Buffer.concat(captureOf(all.results, 0)))]
  t.is(
    packets.length,
    all.results.reduce((sum, { log }) => sum + log.length, 0),
  )
  for (const [i, { time }] of packets.entries()) t.true(i === 0 || time >= packets[i - 1]!.time)
})
