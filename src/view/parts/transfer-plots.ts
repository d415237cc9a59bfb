/** Sequence numbers over time, and what limits the sender: for each direction that carries enough to be looked at. */
import { largest, smallest } from '../../trace/extremes.ts'
import { flowOf, isLost, type ObservedSegment } from '../../trace/observed-segment.ts'
import { ACK, RST, SYN } from '../../wire/tcp.ts'
import type { Plot, PlotPoint, PlotSeries } from './plot.ts'
import type { SenderWindow, Story } from './story.ts'

/** Segments with text that make a picture. */
const ENOUGH = 5
/** Directions that are drawn. */
const MOST = 12
/** Initial windows of slow start: no threshold has been found. */
const NO_THRESHOLD = 2 ** 30

/** One direction of a connection. */
interface Flow {
  readonly from: string
  readonly to: string
  readonly data: ObservedSegment[]
  /** From the other side, with its time where the sender learns of it. */
  readonly acks: { readonly time: number; readonly segment: ObservedSegment }[]
  scale: number
  backScale: number
}

const flowsOf = ({ segments }: Story): Flow[] => {
  const flows = new Map<string, Flow>()
  const flow = (s: ObservedSegment, back: boolean): Flow => {
    const key = flowOf(s, back)
    let found = flows.get(key)
    if (found === undefined) {
      const [from, to] = back ? [s.destination, s.source] : [s.source, s.destination]
      found = { from, to, data: [], acks: [], scale: -1, backScale: -1 }
      flows.set(key, found)
    }
    return found
  }
  for (const s of segments) {
    if (s.flags & RST) continue
    const own = flow(s, false)
    const back = flow(s, true)
    if (s.flags & SYN) {
      own.scale = s.scale ?? -1
      back.backScale = s.scale ?? -1
    }
    if (s.length > 0) own.data.push(s)
    if (s.flags & ACK && !isLost(s)) back.acks.push({ time: s.arrivals[0] ?? s.time, segment: s })
  }
  return [...flows.values()].filter(f => f.data.length >= ENOUGH).slice(0, MOST)
}

export const transferPlots = (story: Story): Plot[] =>
  flowsOf(story).flatMap(flow => [sequencePlot(flow), windowPlot(flow, story)])

/** A direction with its numbers counted from 0, past 2^32 too. */
const unfold = (f: Flow) => {
  const base = f.data[0]!.seq
  let highest = 0
  const near = (value: number): number => highest + ((value - base - highest) | 0)
  const data = f.data.map(segment => {
    const seq = near(segment.seq)
    const again = seq < highest
    highest = Math.max(highest, seq + segment.length)
    return { segment, seq, again }
  })
  // The window counts from the acknowledgment; both sides must offer to scale it (RFC 7323 §2.2).
  const shift = f.scale >= 0 && f.backScale >= 0 ? Math.min(f.backScale, 14) : 0
  highest = 0
  const acks = [...f.acks]
    .sort((a, b) => a.time - b.time)
    .map(({ time, segment }) => {
      const ack = near(segment.ack)
      highest = Math.max(highest, ack)
      const window = segment.flags & SYN ? segment.window : segment.window * 2 ** shift
      return { time, ack, edge: ack + window, segment }
    })
    .filter(({ ack }) => ack >= 0)
  return { data, acks, near }
}

const named = (f: Flow): string => `${f.from} → ${f.to}`

const sequencePlot = (f: Flow): Plot => {
  const { data, acks, near } = unfold(f)
  const bars = (
    some: readonly { readonly segment: ObservedSegment; readonly seq: number }[],
  ): [number, number, number][] => some.map(({ segment, seq }) => [segment.time, seq, seq + segment.length])
  // A bar of one segment would be too small to see.
  const dots = (some: typeof data): PlotPoint[] =>
    some.map(({ segment, seq }) => [segment.time, seq + segment.length / 2])
  const lost = data.filter(({ segment }) => isLost(segment))
  const again = data.filter(d => d.again && !isLost(d.segment))
  const sacks = acks.flatMap(({ time, segment }) =>
    segment.sack.map(([l, r]): [number, number, number] => [time, near(l), near(r)]),
  )
  const top = largest(data.map(({ seq, segment }) => seq + segment.length))
  const series: PlotSeries[] = [
    {
      kind: 'bars',
      name: 'sent',
      style: 'sent',
      bars: bars(data.filter(d => !d.again && !isLost(d.segment))),
    },
    { kind: 'steps', name: 'acknowledged', style: 'ack', points: acks.map(a => [a.time, a.ack]) },
    {
      kind: 'steps',
      name: 'may be sent (window)',
      style: 'edge',
      // An edge far above all text would press the rest flat.
      points: acks.map(a => [a.time, Math.min(a.edge, top * 1.15)]),
    },
  ]
  if (sacks.length > 0) series.push({ kind: 'bars', name: 'SACK', style: 'sack', bars: sacks })
  if (again.length > 0) series.push({ kind: 'dots', name: 'sent again', style: 'again', points: dots(again) })
  if (lost.length > 0) series.push({ kind: 'dots', name: 'lost', style: 'lost', points: dots(lost) })
  return {
    title: `Sequence numbers: ${named(f)}`,
    unit: 'bytes from the first',
    series,
    says: `Sequence numbers over time from ${f.from} to ${f.to}: ${data.length} segments up to ${top} bytes, ${again.length} sent again, ${lost.length} lost`,
  }
}

const windowPlot = (f: Flow, { windows }: Story): Plot => {
  const { data, acks } = unfold(f)
  const flight = flightOf(data, acks)
  const peak = largest(
    flight.map(([, v]) => v),
    1,
  )
  const own = windows.filter(w => w.connection === `${f.from} ${f.to}`)
  const start = data[0]!.segment.time
  const end = Math.max(data.at(-1)!.segment.time, acks.at(-1)?.time ?? 0)
  const steps = (of: (w: SenderWindow) => number, some: readonly SenderWindow[]): PlotPoint[] => {
    // In force before the first text, and to the end.
    const points = some.map((w): PlotPoint => [Math.min(Math.max(w.time, start), end), of(w)])
    const last = points.at(-1)
    return last === undefined ? [] : [...points, [end, last[1]]]
  }
  const cwnd = steps(w => w.cwnd, own)
  const ssthresh = steps(
    w => w.ssthresh,
    own.filter(w => w.ssthresh < NO_THRESHOLD),
  )
  const ceiling =
    largest(
      [...cwnd, ...ssthresh].map(([, v]) => v),
      peak,
    ) * 1.3
  const offered = acks
    .filter(a => a.time >= start)
    .map((a): PlotPoint => [a.time, Math.min(a.edge - a.ack, ceiling)])
  const series: PlotSeries[] = [
    { kind: 'steps', name: 'in flight', style: 'sent', points: flight },
    { kind: 'steps', name: 'window of the receiver', style: 'edge', points: offered },
  ]
  if (cwnd.length > 0) series.push({ kind: 'steps', name: 'cwnd', style: 'cwnd', points: cwnd })
  if (ssthresh.length > 0)
    series.push({ kind: 'steps', name: 'ssthresh', style: 'ssthresh', points: ssthresh })
  return {
    title: `What limits the sender: ${named(f)}`,
    unit: 'bytes',
    series,
    says: `Bytes in flight over time from ${f.from} to ${f.to}, ${peak} at most${cwnd.length > 0 ? `; the congestion window between ${smallest(cwnd.map(([, v]) => v))} and ${largest(cwnd.map(([, v]) => v))}` : ''}`,
  }
}

/** The bytes sent and not yet acknowledged. */
const flightOf = (
  data: readonly { readonly segment: ObservedSegment; readonly seq: number }[],
  acks: readonly { readonly time: number; readonly ack: number }[],
): PlotPoint[] => {
  // An arrival makes room for a segment that leaves at the same time.
  const changes = [
    ...acks.map(({ time, ack }) => ({ time, sent: 0, ack })),
    ...data.map(({ segment, seq }) => ({ time: segment.time, sent: seq + segment.length, ack: 0 })),
  ].sort((a, b) => a.time - b.time)
  let [sent, acked] = [0, 0]
  const start = data[0]!.segment.time
  const points: PlotPoint[] = []
  for (const change of changes) {
    sent = Math.max(sent, change.sent)
    acked = Math.max(acked, change.ack)
    if (change.time < start) continue
    // Events at one time are one step.
    if (points.at(-1)?.[0] === change.time) points.pop()
    points.push([change.time, Math.max(0, sent - acked)])
  }
  return points
}
