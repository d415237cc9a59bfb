/** Two runs of one experiment, laid side by side: what differs, and whether it may. */
import { beginnings, isLost, relativeAck, relativeSeq } from '../trace/observed-segment.ts'
import { ACK, FIN, formatFlags, PSH, RST, SYN } from '../wire/tcp.ts'
import { Findings } from './findings.ts'
import type { EndName, Run, RunSegment } from './recorder.ts'

export interface Difference {
  readonly kind: 'allowed' | 'defect'
  readonly what: string
  /** Which section lets both be. */
  readonly section: string
  readonly left: string
  readonly right: string
}

const ENDS: readonly EndName[] = ['client', 'server']

/** What a segment does to the connection: SYN, FIN, text, reset. Acknowledgments and windows apart. */
interface Step {
  readonly text: string
  readonly ack: number
  readonly segment: RunSegment
}

/**
 * The differences between two runs. Compared are, end by end, the segments that take sequence numbers or reset, their
 * order and numbers, and the states; what each RFC leaves to the implementer is told, and allowed.
 */
export const compare = (left: Run, right: Run): Difference[] => [
  ...ENDS.flatMap(end => compareSegments(end, left, right)),
  ...ENDS.flatMap(end => compareStates(end, left, right)),
]

const stepsOf = (
  run: Run,
  end: EndName,
): { readonly steps: Step[]; readonly acks: number; readonly options: string } => {
  const begin = beginnings(run.segments)
  const mine = run.segments.filter(s => s.from === end)
  const steps = mine
    .filter(s => s.length > 0 || s.flags & (SYN | FIN | RST))
    .map((segment): Step => {
      const seq = relativeSeq(segment, begin)
      const flags = segment.flags & ~(PSH | (segment.flags & RST ? ACK : 0))
      return {
        text: `${formatFlags(flags)} ${seq}${segment.length > 0 ? `:${seq + segment.length}` : ''}${isLost(segment) ? ' lost' : ''}`,
        ack: segment.flags & ACK ? relativeAck(segment, begin) : 0,
        segment,
      }
    })
  const syn = mine.find(s => s.flags & SYN)
  const options =
    syn === undefined
      ? ''
      : `mss ${syn.mss}, wscale ${syn.scale}, sack ${syn.sackPermitted}, timestamps ${syn.timestamps}`
  return { steps, acks: mine.length - steps.length, options }
}

const compareSegments = (end: EndName, left: Run, right: Run): Difference[] => {
  const a = stepsOf(left, end)
  const b = stepsOf(right, end)
  const differences: Difference[] = []
  const add = (kind: Difference['kind'], what: string, section: string, l: unknown, r: unknown): void => {
    differences.push({ kind, what: `${end}: ${what}`, section, left: String(l), right: String(r) })
  }
  const texts = [a, b].map(({ steps }) => steps.map(({ text }) => text).join('; ')) as [string, string]
  if (texts[0] !== texts[1]) {
    // A FIN may go with the last text or after it, and text be cut as one likes.
    const [x, y] = [a, b].map(({ steps }) => essence(steps)) as [string, string]
    if (x === y)
      add(
        'allowed',
        'text and FIN are cut into segments differently',
        'RFC 9293 §3.7.4, §3.8.6.2.1',
        ...texts,
      )
    else add('defect', 'other segments', '', ...texts)
  }
  if (a.acks !== b.acks)
    add(
      'allowed',
      'number of pure ACKs: merged with what follows, or apart',
      'RFC 9293 §3.8.6.3',
      a.acks,
      b.acks,
    )
  if (a.options !== b.options)
    add('allowed', 'options of the SYN', 'RFC 9293 §3.2, RFC 7323 §2', a.options, b.options)
  return differences
}

/** What remains when it does not matter how text is cut: the ranges joined, SYN, FIN and RST with their numbers. */
const essence = (steps: readonly Step[]): string => {
  const parts: string[] = []
  let sent = 0
  const fins = new Map<number, number>()
  let resets = 0
  let syns = 0
  for (const { segment, text } of steps) {
    const begin = Number(/ (\d+)/.exec(text)?.[1] ?? 0)
    if (segment.flags & SYN) syns++
    if (segment.flags & RST) resets++
    if (segment.flags & FIN) {
      const at = begin + segment.length
      fins.set(at, (fins.get(at) ?? 0) + 1)
    }
    sent = Math.max(sent, segment.length > 0 ? begin + segment.length : 0)
  }
  parts.push(`${syns} SYN`, `text up to ${sent}`, `${resets} RST`)
  for (const [at, copies] of fins) parts.push(`${copies} FIN at ${at}`)
  return parts.join(', ')
}

const compareStates = (end: EndName, left: Run, right: Run): Difference[] => {
  const [a, b] = [left, right].map(run => {
    const findings = new Findings(run, true)
    return findings.connections(end).map((_, nth) => spoken(findings.statesOf(end, nth)).join(' → '))
  }) as [string[], string[]]
  const differences: Difference[] = []
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [l, r] = [a[i] ?? 'no connection', b[i] ?? 'no connection']
    if (l === r) continue
    const merged = [l, r].map(path => path.replace('FIN_WAIT_2 → TIME_WAIT', 'TIME_WAIT'))
    const allowed = merged[0] === merged[1]
    differences.push({
      kind: allowed ? 'allowed' : 'defect',
      what: `${end}: states${allowed ? ': the ACK of the FIN came with the other FIN, or apart' : ''}`,
      section: allowed ? 'RFC 9293 §3.10.7.4' : '',
      left: l,
      right: r,
    })
  }
  return differences
}

/** Without the end that nobody hears of. */
const spoken = (states: readonly string[]): readonly string[] =>
  states.at(-1) === 'CLOSED' && ['TIME_WAIT', 'FIN_WAIT_2'].includes(states.at(-2) ?? '')
    ? states.slice(0, -1)
    : states

/** The differences as text, or that there are none. */
export const differencesText = (names: readonly [string, string], all: readonly Difference[]): string =>
  all.length === 0
    ? `${names[0]} and ${names[1]} do the same`
    : all
        .map(
          ({ kind, what, section, left, right }) =>
            `${kind === 'defect' ? '✗ defect' : '≈ allowed'}: ${what}${section === '' ? '' : ` (${section})`}\n    ${names[0]}: ${left}\n    ${names[1]}: ${right}`,
        )
        .join('\n')
