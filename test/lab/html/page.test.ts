/** The pages: whole, escaped, in need of nothing else, and with what belongs together side by side. */
import test from 'ava'
import { h } from 'preact'
import { explainCapture } from '../../../src/lab/explain/explain-capture.ts'
import { explain } from '../../../src/lab/explain/replay.ts'
import { explainPage } from '../../../src/lab/html/explain-page.tsx'
import { labPage } from '../../../src/lab/html/lab-page.tsx'
import { markup } from '../../../src/lab/html/page.tsx'
import { storyOfConnection, storyOfRun } from '../../../src/lab/html/story.ts'
import type { Lab } from '../../../src/lab/lab.ts'
import { LABS } from '../../../src/lab/labs/all.ts'
import { type LabResult, runVirtual } from '../../../src/lab/run-virtual.ts'
import { TRANSITIONS } from '../../../src/tcp/state.ts'
import { Capture } from '../../../src/trace/capture.ts'
import type { ObservedSegment } from '../../../src/trace/observed-segment.ts'
import { layOut } from '../../../src/view/parts/ladder-layout.ts'
import { type Plot, type PlotPoint, ticks } from '../../../src/view/parts/plot.ts'
import { ruleOf } from '../../../src/view/parts/rules.ts'
import { StateDiagram, stepsOf } from '../../../src/view/parts/state-diagram.tsx'
import { transferPlots } from '../../../src/view/parts/transfer-plots.ts'
import { ACK, RST } from '../../../src/wire/tcp.ts'
import { unclosed } from './well-formed.ts'

const lab = (name: string): Lab => LABS.find(l => l.name === name)!

const pageOf = (result: LabResult): string => labPage(result.lab, [result])

/** The references that a browser would fetch. */
const REFERENCES = /(?:src|href|action|data|poster)="(?!#)[^"]*"|url\((?!#)|@import|https?:\/\//gi

for (const one of LABS) {
  if (one.needsKernel !== undefined) continue
  test(`the page of ${one.name} is well-formed, refers to nothing, and has every segment`, async t => {
    const result = await runVirtual(one)
    const page = pageOf(result)
    t.is(unclosed(page), '')
    t.deepEqual(page.match(REFERENCES), null)
    const shown = page.match(/<a class="segment/g) ?? []
    const { rows, omitted } = layOut(storyOfRun('', result.run), 400)
    t.is(shown.length, rows.filter(({ number }) => number !== null).length)
    if (omitted === 0) t.is(shown.length, result.run.segments.length)
    for (const [, target] of page.matchAll(/href="#([^"]+)"/g))
      t.true(page.includes(`id="${target}"`), target)
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id).filter(id => !/^edge/.test(id!))
    t.is(new Set(ids).size, ids.length)
  })
}

test('text is escaped wherever it stands', t => {
  const bad = `<script>alert(1)</script>" onload='x' &amp; \u202egpj.exe\u0000`
  const shown = markup(h('p', { title: bad }, bad, ['<', null, 3]))
  t.is(shown.includes('<script'), false)
  t.is(unclosed(shown), '')
  t.regex(shown, /title="&lt;script>.*&quot; onload/)
  t.regex(markup(h('p', null, '\u202e\u0000\ud800')), /^<p>\ufffd{3}<\/p>$/)
})

test('a name, a finding and a file name that are markup stay text', async t => {
  const result = await runVirtual(lab('refused'))
  result.findings.that('<img src=x onerror=alert(1)>', false, '</details><script>')
  const page = labPage({ name: '</title><script>', summary: '"><b>', shows: '<i>' }, [
    { ...result, name: '<u>' },
  ])
  t.is(unclosed(page), '')
  t.false(/<img|<script>alert|<u>|<i>&|<b>:/.test(page))
  t.regex(page, /<title>&lt;\/title>&lt;script>/)
  const file = explainPage('<script>x</script>.pcap', [], 0, '<b>')
  t.is(unclosed(file), '')
  t.is(file.split('<script>').length, 2)
})

test('a transition stands with the segment that brings it about, and with its rule', async t => {
  const page = pageOf(await runVirtual(lab('handshake')))
  const second = /<li id="section-0-0-2">(.*?)<\/li>/s.exec(page)![1]!
  t.regex(second, /10 ms <code>\[S\.\] 0 ack 1/)
  t.regex(
    second,
    /client<\/b> <code>SYN_SENT → ESTABLISHED<\/code> SYN,ACK <span class="section">RFC 9293 §3\.10\.7\.3/,
  )
  t.regex(second, /The peer has acknowledged our SYN and sent its own\./)
  // It leaves at 40 ms, after the application has closed; the client learns of it at 50 ms.
  const fifth = /<li id="section-0-0-5">(.*?)<\/li>/s.exec(page)![1]!
  t.regex(fifth, /client<\/b> <code>FIN_WAIT_1 → TIME_WAIT/)
})

test('every row of the state table has a rule', t => {
  for (const { from, event } of TRANSITIONS) t.true(ruleOf(from, event).length > 40, `${from} ${event}`)
})

test('the ladder knows the states of each end, row by row', async t => {
  const { run } = await runVirtual(lab('close-client'))
  const { rows, stays, flights } = layOut(storyOfRun('', run), 400)
  t.deepEqual(
    stays.filter(({ end }) => end === 0).map(({ state }) => state),
    ['SYN_SENT', 'ESTABLISHED', 'FIN_WAIT_1', 'FIN_WAIT_2', 'TIME_WAIT'],
  )
  t.is(flights.length, run.segments.length)
  for (const { marks } of rows)
    for (const { text, transition } of marks.flat())
      if (/^[A-Z_12]+$/.test(text)) t.true(transition !== null && text === transition.to, text)
})

test('a long ladder leaves out what is least remarkable, and says so', async t => {
  const { run } = await runVirtual(lab('loss'))
  const { rows, omitted } = layOut(storyOfRun('', run), 120)
  t.is(rows.length, 120)
  const whole = layOut(storyOfRun('', run), Number.POSITIVE_INFINITY)
  t.is(omitted, whole.rows.length - 120)
  t.is(rows.at(-1)!.number, whole.rows.at(-1)!.number)
  const marked = (of: typeof rows) =>
    of.filter(({ marks }) => marks.flat().some(m => m.transition !== null)).length
  t.is(marked(rows), marked(whole.rows))
  const lost = ({ arrow }: (typeof rows)[number]) => arrow?.head === 'lost'
  t.true(whole.rows.filter(lost).length > 0)
  // With their surroundings there is no room for all.
  t.true(rows.filter(lost).length > whole.rows.filter(lost).length / 2)
  t.regex(labPage(lab('loss'), [await runVirtual(lab('loss'))], { full: false }), /rows are left out/)
})

test('of a long transfer the one retransmission, the shut window and the reset are shown, with what surrounds them', t => {
  const ends = ['10.0.0.1:4000', '10.0.0.2:80'] as const
  const segments: ObservedSegment[] = []
  const add = (
    from: 0 | 1,
    seq: number,
    ack: number,
    flags: number,
    length: number,
    window = 65_535,
  ): void => {
    segments.push({
      time: segments.length,
      source: ends[from],
      destination: ends[1 - from]!,
      seq,
      ack,
      flags,
      window,
      length,
      header: 20,
      ecn: 0,
      mss: null,
      scale: null,
      sackPermitted: false,
      accEcn: null,
      sack: [],
      timestamps: false,
      urgent: null,
      arrivals: [],
      fate: '',
      reason: '',
    })
  }
  for (let i = 0; i < 50_000; i++) {
    add(0, 1 + i * 1000, 1, ACK, 1000)
    if (i === 20_000) add(0, 1 + i * 1000, 1, ACK, 1000)
    add(1, 1, 1 + (i + 1) * 1000, ACK, 0, i === 30_000 ? 0 : 65_535)
    if (i === 40_000) add(1, 1, 1, RST, 0)
  }
  const explanation = explain({ ends: [...ends], segments, joined: true, number: 1, place: null })
  const { rows, omitted } = layOut(storyOfConnection('', explanation), 400)
  t.is(rows.length, 400)
  const shown = new Set(rows.map(({ time }) => time))
  // Their times are their places.
  for (const place of [40_001, 60_002, 80_003])
    for (const around of [-3, 0, 3]) t.true(shown.has(place + around), String(place))
  t.is(
    rows.reduce((sum, { skipped }) => sum + skipped, 0),
    omitted,
  )
  const page = explainPage('x.pcap', [explanation], segments.length, null)
  t.true(page.length < 2_000_000, String(page.length))
  t.regex(page, /\d+ rows are left out/)
})

test('the way through the state diagram is numbered, boxes and edges lit', async t => {
  const { run } = await runVirtual(lab('close-both'))
  const story = storyOfRun('', run)
  const steps = stepsOf(story, 0)
  t.true(steps.some(({ transition }) => transition.from === 'CLOSING' && transition.to === 'TIME_WAIT'))
  const picture = markup(h(StateDiagram, { steps, who: 'client' }))
  t.is(
    picture.match(/class="step"/g)!.length,
    new Set(steps.map(s => `${s.transition.from} ${s.transition.to}`)).size,
  )
  t.regex(picture, /class="state on s-CLOSING"/)
  t.notRegex(picture, /class="state on s-LISTEN"/)
})

const pointsOf = ({ series }: Plot, name: string): readonly PlotPoint[] => {
  const found = series.find(one => one.name === name)
  return found === undefined || found.kind === 'bars' ? [] : found.points
}

test('transfers have their plots: what is lost and sent again, SACK, cwnd and the shut window', async t => {
  const loss = transferPlots(storyOfRun('', (await runVirtual(lab('loss'))).run))
  t.is(loss.length, 8)
  const names = loss.map(({ series }) => series.map(({ name }) => name))
  t.deepEqual(names[0], ['sent', 'acknowledged', 'may be sent (window)', 'sent again', 'lost'])
  t.true(names[2]!.includes('SACK'))
  t.deepEqual(names[1], ['in flight', 'window of the receiver', 'cwnd', 'ssthresh'])
  const values = pointsOf(loss[1]!, 'cwnd').map(([, v]) => v)
  // Slow start from 10 segments, then half of what was in flight, or less while it recovers.
  t.true(
    Math.max(...values) > 14_600 && values.some((v, i) => i > 0 && v < values[i - 1]! / 1.5),
    values.join(' '),
  )
  const shut = transferPlots(storyOfRun('', (await runVirtual(lab('zero-window'))).run))
  t.true(pointsOf(shut[1]!, 'window of the receiver').some(([, v]) => v === 0))
  t.deepEqual(ticks(50_000), [0, 20_000, 40_000])
})

test('a capture of hostile bytes has a well-formed page, and so has every connection of a lab', async t => {
  const chunks: Uint8Array[] = []
  const capture = new Capture(bytes => chunks.push(bytes), { wallClockOffset: 0 })
  await runVirtual(lab('write-after-close'), 1, { client: capture.sink })
  capture.end()
  const file = Buffer.concat(chunks)
  const pageOfFile = (bytes: Uint8Array): string => {
    const { connections, packets, error } = explainCapture(bytes)
    return explainPage('x.pcapng', connections, packets, error?.message ?? null)
  }
  t.regex(pageOfFile(file), /RST/)
  let random = 7
  for (let n = 0; n < 100; n++) {
    const copy = Buffer.from(file)
    for (let flips = 0; flips < 30; flips++) {
      random = (Math.imul(random, 1664525) + 1013904223) >>> 0
      copy[random % copy.length] = random >>> 24
    }
    const page = pageOfFile(copy)
    t.is(unclosed(page), '')
    t.notRegex(page.replace(/<script>.*<\/script>/s, ''), /NaN|Infinity|undefined/)
  }
})
