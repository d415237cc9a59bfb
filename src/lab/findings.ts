/** The findings that a lab must show, held against its run. */
import type { State } from '../tcp/state.ts'
import { type Beginnings, beginnings, isLost, relativeAck, relativeSeq } from '../trace/observed-segment.ts'
import { ACK, formatFlags, SYN } from '../wire/tcp.ts'
import type { EndName, Run, RunSegment, RunTransition } from './recorder.ts'

export interface Finding {
  /** The statement that must hold. */
  readonly what: string
  readonly holds: boolean
  /** The events seen instead; empty when it holds. */
  readonly difference: string
}

export class Findings {
  readonly run: Run
  readonly all: Finding[] = []

  /** True when an end may be the kernel's: silent ends (of TIME_WAIT) are not seen, pure ACKs come when they like. */
  readonly realTime: boolean
  /** True when the script was played as if somebody waited: silent ends may not be reached. */
  readonly short: boolean

  constructor(run: Run, played: { readonly realTime?: boolean; readonly short?: boolean } = {}) {
    this.run = run
    this.realTime = played.realTime ?? false
    this.short = played.short ?? this.realTime
  }

  get failed(): readonly Finding[] {
    return this.all.filter(({ holds }) => !holds)
  }

  /** Something must hold; `seen` is what was seen, for when it does not. */
  that(what: string, holds: boolean, seen: unknown = ''): void {
    this.all.push({ what, holds, difference: holds || seen === '' ? '' : `seen: ${text(seen)}` })
  }

  /** Two values must be the same. */
  same(what: string, seen: unknown, expected: unknown): void {
    const holds = text(seen) === text(expected)
    this.all.push({
      what,
      holds,
      difference: holds ? '' : `expected: ${text(expected)}\n    seen: ${text(seen)}`,
    })
  }

  /** Within so many of each other. */
  near(what: string, seen: number, expected: number, within: number): void {
    this.that(what, Math.abs(seen - expected) <= within, `${seen}, expected ${expected} ± ${within}`)
  }

  /** The states that an end's connection went through, first to last; of several connections the `nth`, from 0. */
  path(end: EndName, expected: readonly State[], nth = 0): void {
    // A machine that stands still may keep an ACK apart that would have gone with what followed.
    const apart = this.realTime && !expected.includes('FIN_WAIT_2')
    const seen = this.statesOf(end, nth).filter(state => !(apart && state === 'FIN_WAIT_2'))
    const silent = this.short && SILENT.has(expected.at(-2) ?? '') && seen.length === expected.length - 1
    const path = silent ? expected.slice(0, -1) : expected
    this.same(`the ${end} goes ${path.join(' → ')}`, seen.join(' → '), path.join(' → '))
  }

  /** An end's transitions by connection, in the order in which the connections began; listeners are none. */
  connections(end: EndName): RunTransition[][] {
    const found = new Map<string, RunTransition[]>()
    const all: RunTransition[][] = []
    for (const t of this.run.transitions) {
      if (t.end !== end || t.connection.endsWith('*')) continue
      let list = found.get(t.connection)
      // The same four numbers may be used again.
      if (
        list === undefined ||
        t.from === 'CLOSED' ||
        (t.from === 'LISTEN' && list.at(-1)!.to !== 'LISTEN')
      ) {
        list = []
        found.set(t.connection, list)
        all.push(list)
      }
      list.push(t)
    }
    return all
  }

  statesOf(end: EndName, nth = 0): State[] {
    const list = this.connections(end)[nth]
    return list === undefined ? [] : [list[0]!.from, ...list.map(({ to }) => to)]
  }

  /** The time at which an end's connection entered a state first, ms; NaN when it never did. */
  entered(end: EndName, state: State, nth = 0): number {
    return this.connections(end)[nth]?.find(({ to }) => to === state)?.time ?? Number.NaN
  }

  /** The segments that an end sent, or both. */
  segments(from?: EndName): readonly RunSegment[] {
    return from === undefined ? this.run.segments : this.run.segments.filter(s => s.from === from)
  }

  get begin(): Beginnings {
    return beginnings(this.run.segments)
  }

  /** `client S 0` `server S. 0 ack 1`, `client P. 1:11 ack 1 lost`: what a segment is, relative. */
  lines(segments: readonly RunSegment[] = this.run.segments): string[] {
    const { begin } = this
    return segments.map(s => {
      const seq = relativeSeq(s, begin)
      const ack = s.flags & ACK ? ` ack ${relativeAck(s, begin)}` : ''
      const range = s.length > 0 ? `${seq}:${seq + s.length}` : `${seq}`
      return `${s.from} ${formatFlags(s.flags)} ${range}${ack}${isLost(s) ? ' lost' : ''}`
    })
  }

  /** The client's ports, in the order in which its connections began. */
  clientPorts(): number[] {
    const syns = this.segments('client').filter(({ flags }) => flags & SYN)
    return [...new Set(syns.map(({ source }) => Number(source.slice(source.lastIndexOf(':') + 1))))]
  }

  /** The segments of a connection from the client's port. */
  of(port: number): RunSegment[] {
    return this.run.segments.filter(s =>
      (s.from === 'client' ? s.source : s.destination).endsWith(`:${port}`),
    )
  }

  /** The conversation, segment by segment. */
  conversation(expected: readonly string[], segments: readonly RunSegment[] = this.run.segments): void {
    // The time of a pure ACK is its sender's choice (RFC 9293 §3.8.6.3), and so is PSH.
    const essential = (lines: readonly string[]): readonly string[] =>
      this.realTime ? lines.filter(line => !PURE_ACK.test(line)).map(line => line.replace('P.', '.')) : lines
    expected = essential(expected)
    const seen = this.realTime
      ? withoutSpurious(essential(this.lines(segments)), expected)
      : this.lines(segments)
    const holds = seen.join('\n') === expected.join('\n')
    this.all.push({
      what: `the segments are: ${expected.join('; ')}`,
      holds,
      difference: holds ? '' : `seen: ${seen.join('; ')}`,
    })
  }

  /** The times between the segments of a list, ms. */
  gaps(segments: readonly { readonly time: number }[]): number[] {
    return segments.slice(1).map((s, i) => Math.round((s.time - segments[i]!.time) * 1000) / 1000)
  }
}

/** States that end by a timeout, without a segment. */
const SILENT: ReadonlySet<string> = new Set<State>(['TIME_WAIT', 'FIN_WAIT_2', 'SYN_SENT', 'ESTABLISHED'])

const PURE_ACK = /^\w+ \. /

/** A machine that stands still lets timers fire that would not have: what was sent again without need is left out. */
const withoutSpurious = (lines: readonly string[], expected: readonly string[]): readonly string[] => {
  const seen = new Map<string, number>()
  return lines.filter(line => {
    const times = (seen.get(line) ?? 0) + 1
    seen.set(line, times)
    return times === 1 || times <= expected.filter(other => other === line).length
  })
}

const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
