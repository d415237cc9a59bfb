/** The results of an examination, as text. */
import { formatLadder } from '../../trace/ladder-text.ts'
import { beginnings } from '../../trace/observed-segment.ts'
import { alarming, faint, type TextStyle, wrap } from '../../trace/text-style.ts'
import type { Level } from '../check.ts'
import type { Examined, Plan, Result, Verdict } from '../results.ts'
import { conversationLadder } from './conversation-ladder.ts'

/** Columns where the place itself has none, such as a pipe. */
const COLUMNS = 80
const INDENT = 4
/** Rows of a ladder that are shown. */
const ROWS = 40

export const LEVELS: readonly Level[] = ['MUST', 'SHOULD', 'habit']
const MARKS: Readonly<Record<Verdict, string>> = { holds: '✓', differs: '✗', 'cannot tell': '?' }

const columns = (style: TextStyle): number => Math.min(style.width, COLUMNS)

/** `port 7 echoes, port 9 reads` */
export const servicesText = (of: Plan['services']): string =>
  Object.entries(of)
    .map(
      ([kind, port]) => `port ${port} ${kind === 'echo' ? 'echoes' : kind === 'deaf' ? 'never reads' : kind}`,
    )
    .join(', ')

const floodText = ({ floods, halfOpen }: Plan): string =>
  floods === 0
    ? ''
    : ` ${floods === 1 ? 'One of them leaves' : `${floods} of them leave`} ${halfOpen} handshakes half done for a moment.`

/** The plan, before it is carried out. */
export const formatPlan = (plan: Plan, style: TextStyle): string =>
  wrap(
    `Examining ${plan.target} (${servicesText(plan.services)}): ${plan.checks} checks, each by connections of its own that are reset at the end, at most ${plan.connections} checks at once and ${plan.rate} packets a second.${floodText(plan)}`,
    columns(style),
  )

/** A verdict with the rule, and, where it does not hold, what was seen. */
export const formatResult = (result: Result, style: TextStyle, ladder: boolean): string => {
  const width = columns(style) - INDENT
  const indented = (text: string): string => ' '.repeat(INDENT) + wrap(text, width, INDENT)
  const head = `${MARKS[result.verdict]} ${result.level.padEnd(6)}  ${result.id}`
  const bad = result.verdict === 'differs' && result.level === 'MUST'
  return [
    style.color && bad ? alarming(head) : head,
    indented(result.rule),
    style.color ? faint(indented(result.section)) : indented(result.section),
    ...(result.why === '' ? [] : [indented(result.why)]),
    ...(ladder && result.log.length > 0 ? ['', formatConversation(result, style)] : []),
    '',
  ].join('\n')
}

const formatConversation = ({ log }: Result, style: TextStyle): string => {
  const shown = conversationLadder(log.length > ROWS ? log.slice(-ROWS) : log)
  const whole = conversationLadder(log)
  const text = formatLadder(
    shown.events,
    { names: shown.names, isLeft: whole.isLeft, begin: beginnings(whole.segments) },
    { ...style, width: columns(style) - INDENT },
  )
  const before = log.length - ROWS
  return [...(before > 0 ? [`… ${before} packets before`] : []), ...text.split('\n')]
    .map(line => ' '.repeat(INDENT) + line)
    .join('\n')
}

/** `214 hold, 5 differ, 12 cannot be told` */
export const verdictsText = (results: readonly Result[]): string => {
  const of = (verdict: Verdict): number => results.filter(result => result.verdict === verdict).length
  return `${of('holds')} hold, ${of('differs')} differ, ${of('cannot tell')} cannot be told`
}

const table = (results: readonly Result[]): string =>
  LEVELS.map(level => [level, verdictsText(results.filter(result => result.level === level))] as const)
    // The first numbers end below one another.
    .map(([level, text]) => `${level.padEnd(6)}  ${' '.repeat(Math.max(0, 4 - text.indexOf(' ')))}${text}`)
    .join('\n')

/** The checks that could not tell, by the reason. */
const formatOpen = (results: readonly Result[], style: TextStyle): string[] => {
  const reasons = new Map<string, string[]>()
  for (const { verdict, why, id } of results)
    if (verdict === 'cannot tell') reasons.set(why, [...(reasons.get(why) ?? []), id])
  return [...reasons].map(([why, ids]) => `? ${wrap(`${why}: ${ids.join(', ')}`, columns(style) - 2, 2)}`)
}

/** The last lines: what could not be told and why, counts, and how long it took. */
export const formatEnd = (
  { results, sent, received, duration, interrupted }: Examined,
  style: TextStyle,
): string =>
  [
    ...formatOpen(results, style),
    '',
    table(results),
    `${sent} packets sent, ${received} received, ${(duration / 1000).toFixed(1)} s${interrupted ? ': ended before its time' : ''}`,
  ].join('\n')
