/** The sentences of the stack, the labs and explanations in the playground's other language: nothing is left in English. */
import test from 'ava'
import { Conversations } from '../../src/lab/explain/conversations.ts'
import { explain } from '../../src/lab/explain/replay.ts'
import { storyOfRun } from '../../src/lab/html/story.ts'
import { LABS } from '../../src/lab/labs/all.ts'
import { type LabResult, runVirtual } from '../../src/lab/run-virtual.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { guarded } from '../../src/site/editor/guarded.ts'
import { PLAN_FAULTS, PLAN_OPTIONS, type PlanOptions } from '../../src/site/experiment/plan.ts'
import { LAB_TEXTS } from '../../src/site/labs/texts-zh.ts'
import { readFault } from '../../src/site/page/fault-text.ts'
import { Phrasebook } from '../../src/site/speech/phrasebook.ts'
import { zh } from '../../src/site/speech/zh.ts'
import { CHECKS } from '../../src/site/speech/zh-checks.ts'
import { EXPLAIN } from '../../src/site/speech/zh-explain.ts'
import { REFUSALS } from '../../src/site/speech/zh-refusals.ts'
import { STACK } from '../../src/site/speech/zh-stack.ts'
import { tcpOptions } from '../../src/tcp/block/options.ts'
import { createCongestionControl, registerCongestionControl } from '../../src/tcp/congestion/registry.ts'
import { STATES, TRANSITIONS } from '../../src/tcp/state.ts'
import type { ObservedSegment } from '../../src/trace/observed-segment.ts'
import { headerFields } from '../../src/view/model/header-fields.ts'
import { plotsOf } from '../../src/view/page/plots.tsx'
import { REASONS } from '../../src/view/parts/reasons.ts'
import { ruleOf } from '../../src/view/parts/rules.ts'
import { DROP_REASONS } from '../../src/wire/drop.ts'
import { storyOf, Watched } from './support.ts'

const HAN = /\p{Script=Han}/u
/** Notation that is the same everywhere: calls, names of states and flags, numbers, SACK and the like. */
const NOTATION =
  /^(?:[\w-]+\(.*\)|[^a-z]*|bbr1?|cubic|reno|cwnd|ssthresh|ms|[\d.]+ m?s|.*\b(?:ECT\(\d\)|0x)\S*)(?:: E[A-Z]+)?$/

/** Returns whether a text is English still, or in part. */
const isEnglish = (text: string): boolean => {
  const said = zh.say(text)
  return /[a-z]{2,} [a-z]{2,}/.test(said) || !(HAN.test(said) || NOTATION.test(said))
}

const labs: LabResult[] = []
test.before(async () => {
  for (const lab of LABS)
    if (lab.needsKernel === undefined) labs.push(await runVirtual(lab, lab.name, {}, { family: 4 }))
})

test('every rule and every reason is told, and not in English', t => {
  for (const { from, event } of TRANSITIONS) {
    t.regex(ruleOf(from, event, zh.rules), HAN, `${from} ${event}`)
    t.not(ruleOf(from, event), '')
  }
  for (const reason of Object.keys(REASONS)) t.regex(zh.reasons[reason as keyof typeof REASONS]!, HAN)
})

test('events, sections, reasons and drops have words', t => {
  const texts = [
    ...TRANSITIONS.flatMap(({ event, section }) => [event, section]),
    ...Object.keys(REASONS),
    ...DROP_REASONS.map(reason => `not used: ${reason}`),
  ]
  t.deepEqual(texts.filter(isEnglish), [])
})

test('each lab has its texts', t => {
  t.deepEqual(
    Object.keys(LAB_TEXTS),
    LABS.map(({ name }) => name),
  )
  for (const { summary, shows } of Object.values(LAB_TEXTS)) {
    t.regex(summary, HAN)
    t.regex(shows, HAN)
  }
})

test('all that labs check, and all that their ladders say, has words', t => {
  const texts = new Set<string>()
  for (const { name, run, findings } of labs) {
    for (const { what } of findings.all) texts.add(what)
    const story = storyOfRun(name, run)
    for (const event of story.events) if (event.kind === 'mark') texts.add(event.text)
    for (const segment of story.segments) texts.add(story.says(segment).join('; '))
  }
  t.true(texts.size > 100)
  t.deepEqual([...texts].filter(isEnglish), [])
})

/** The sentences about a capture in which some packets are missing, as captures are. */
const explained = (segments: readonly ObservedSegment[], random: SeededRandom): string[] => {
  const conversations = new Conversations({})
  for (const segment of segments) if (random.uint32() % 16 > 0) conversations.add(segment, segment.time)
  return conversations.all.flatMap(conversation => {
    const { segments, remarks } = explain(conversation)
    return [...remarks, ...segments.map(({ what }) => what.join('; '))]
  })
}

test('all that is said of captures has words', t => {
  const random = new SeededRandom(18)
  const texts = new Set<string>()
  for (let round = 0; round < 12; round++)
    for (const { run } of labs) for (const text of explained(run.segments, random)) texts.add(text)
  t.true(texts.size > 200, String(texts.size))
  t.deepEqual([...texts].filter(isEnglish), [])
})

/** An experiment in which much goes wrong: a path that loses and cuts, a reader that stops, a host that is gone. */
const troubled = (family: 4 | 6): Watched => {
  const w = new Watched({ family })
  w.act({ do: 'faults', faults: { loss: 0.08, duplicate: 0.05, reorder: 0.05, rate: 1e6 }, direction: null })
  w.connect(5000)
  w.act({ do: 'stop reading', host: 1, connection: 0 })
  w.act({ do: 'send', host: 0, connection: 0, bytes: 200_000 }, 20_000)
  w.act({ do: 'read', host: 1, connection: 0 }, 10_000)
  w.act({ do: 'faults', faults: { mtu: 600, loss: null }, direction: null })
  w.act({ do: 'send', host: 0, connection: 0, bytes: 20_000 }, 20_000)
  w.act({ do: 'close', host: 0, connection: 0 }, 1000)
  w.act({ do: 'close', host: 1, connection: 0 }, 200_000)
  w.act({ do: 'unplug', host: 1 })
  w.act({ do: 'connect', host: 0 }, 10_000)
  return w
}

test('marks, plots, fields of headers and timers of a live ladder have words', t => {
  const texts = new Set<string>()
  for (const family of [4, 6] as const) {
    const w = troubled(family)
    for (const event of w.events) {
      if (event.kind === 'timer') texts.add(event.timer)
      if (event.kind === 'note') texts.add(event.text)
      if (event.kind !== 'packet') continue
      for (const { name, value, layer } of headerFields(event.bytes)) {
        texts.add(name)
        // Flags and addresses are what they are.
        if (!['source', 'destination', 'flags', 'SACK'].includes(name)) texts.add(value)
        if (layer === 'options') texts.add(layer)
      }
    }
    const { story } = storyOf(w)
    for (const event of story.events)
      if (event.kind === 'mark' && !event.text.startsWith('ICMP')) texts.add(event.text)
    for (const segment of story.segments) texts.add(story.says(segment).join('; '))
    for (const { title, unit, says, series } of plotsOf(story)) {
      texts.add(title.replace(/: .*/, '')).add(unit).add(says)
      for (const { name } of series) texts.add(name)
    }
  }
  t.true(texts.size > 100, String(texts.size))
  t.deepEqual([...texts].filter(isEnglish), [])
})

/** The words of a refusal. */
const refusal = (attempt: () => unknown): string => {
  try {
    attempt()
  } catch (error) {
    return (error as Error).message
  }
  return ''
}

const WRONG_FAULTS = ['much', '5 apples', '-1', '1.5', '700', '1e999', '-5ms', '3%', '12mbit', 'true', 7, -1]

test('faults and options that are refused are refused in words', t => {
  const texts = new Set<string>()
  for (const name of PLAN_FAULTS)
    if (name !== 'icmp') for (const value of WRONG_FAULTS) texts.add(refusal(() => readFault(name, value)))
  for (const name of PLAN_OPTIONS)
    for (const value of [-1, 1e15, 1.5, Number.NaN, 'much', true])
      texts.add(refusal(() => tcpOptions({ [name]: value } as PlanOptions)))
  texts.delete('')
  t.true(texts.size > 60, String(texts.size))
  t.deepEqual([...texts].filter(isEnglish), [])
  t.is(
    zh.say(refusal(() => readFault('loss', 'much'))),
    'link.loss 必须是概率，例如 0.05 或 5%，而不是“much”',
  )
})

test('a controller that cannot be run is refused in words', t => {
  const lacks = (field: string): unknown => ({ ...createCongestionControl('reno'), [field]: undefined })
  const texts = new Set<string>()
  for (const made of [null, 7, {}, lacks('cwnd'), { start() {} }])
    for (const name of ['', 'mine', 'cubic'])
      for (const create of [() => made, made])
        texts.add(refusal(() => registerCongestionControl(name, create as never)))
  for (const [field, value] of [
    ['cwnd', Number.NaN],
    ['ssthresh', -1],
    ['pacingRate', 'fast'],
  ] as const) {
    const controller = guarded({ ...new Proxy(createCongestionControl('reno'), {}) })
    Object.assign(controller, { cwnd: 1, ssthresh: 1, pacingRate: 0, undo() {}, [field]: value })
    texts.add(`${refusal(() => controller.undo(0))} (in undo())`)
  }
  texts.delete('')
  t.true(texts.size >= 8, String(texts.size))
  t.deepEqual([...texts, ...[...texts].map(text => `TypeError: ${text}`)].filter(isEnglish), [])
})

test('what is the same in both languages stays, and lists are told part by part', t => {
  for (const same of [...STATES, '192.0.2.1:80', 'write(100): EPIPE', '', '10.5']) t.is(zh.say(same), same)
  t.is(zh.say('data; lost on the way'), '数据；途中丢失')
  t.is(zh.say('not used: paws'), '未被采用：时间戳太旧（PAWS）')
  t.is(zh.say('a sentence that nobody has written'), 'a sentence that nobody has written')
})

test('a template has the same places in both languages, and no text has words twice', t => {
  const seen = new Set<string>()
  const places = (text: string) => [...new Set(text.match(/\{\d+\}/g))].sort()
  for (const table of [STACK, EXPLAIN, CHECKS, REFUSALS])
    for (const [english, words] of Object.entries(table)) {
      t.false(seen.has(english), english)
      seen.add(english)
      t.deepEqual(places(words), places(english), english)
      t.notThrows(() => new Phrasebook('；', [{ [english]: words }]).say(english))
    }
})
