/** Says what each segment of a connection does, and what is remarkable about the whole. */

import type { State } from '../../tcp/state.ts'
import { pushAll } from '../../trace/extremes.ts'
import { isLost } from '../../trace/observed-segment.ts'
import { ACK, CWR, ECE, FIN, RST, SYN, URG } from '../../wire/tcp.ts'
import type { Milestones, Placed } from './facts.ts'
import type { ReplayedTransition } from './replay.ts'

/** Gaps of a direction that are remembered. */
const GAPS = 64
/** Sending times that are remembered, by sequence number. */
const REMEMBERED = 4096
/** RFC 6298 and Linux: no timer fires sooner, ms. */
const LEAST_TIMEOUT = 190
/** A CLOSE_WAIT of so many ms is worth a remark. */
const FORGOTTEN = 1000

/** Everything known of one end. */
class Side {
  /** The number after the last one sent. */
  nxt = 0
  /** Highest acknowledgment sent, and how often since. */
  ack = -1
  duplicates = 0
  /** The window last offered, in bytes, and how far its field is shifted. */
  window = -1
  scale = 0
  offersScale = false
  bytes = 0
  retransmissions = 0
  /** Retransmissions in a row, without anything from the other side. */
  unanswered = 0
  fin = false
  reset = false
  probing = false
  keepAlives = 0
  /** Ranges that were passed over: not captured, or still to come. */
  readonly gaps: [number, number][] = []
  /** The time at which a number was last sent. */
  readonly sentAt = new Map<number, number>()
  zeroWindows = 0
  duplicateAcks = 0
}

export class Narrator {
  readonly #sides: readonly [Side, Side] = [new Side(), new Side()]
  #scaling = false
  readonly #remarks: string[] = []
  #first: Placed | null = null

  /** Bytes of text of each end. */
  get bytes(): readonly [number, number] {
    return [this.#sides[0].bytes, this.#sides[1].bytes]
  }

  /** @param states those of both ends before the segment left */
  tell(p: Placed, states: readonly [State, State], of: readonly [Milestones, Milestones]): string[] {
    this.#first ??= p
    const me = this.#sides[p.from]
    const peer = this.#sides[p.from === 0 ? 1 : 0]
    const what: string[] = []
    const { flags } = p.segment
    if (flags & RST) {
      what.push(this.#reset(p, states))
      me.reset = true
    } else {
      if (flags & SYN) pushAll(what, this.#syn(p, me, states))
      else pushAll(what, this.#text(p, me, peer))
      if (flags & FIN) pushAll(what, this.#fin(p, me, of))
      if (flags & ACK) pushAll(what, this.#acknowledges(p, me, peer, of, what.length === 0))
      me.unanswered = p.end > p.seq && p.end <= me.nxt && me.sentAt.has(p.seq) ? me.unanswered + 1 : 0
      this.#remember(p, me)
    }
    peer.unanswered = 0
    if (flags & URG) what.push('urgent data')
    if (!(flags & SYN) && flags & ECE) what.push('ECN: the other side has met congestion')
    if (!(flags & SYN) && flags & CWR) what.push('ECN: congestion window reduced')
    if (isLost(p.segment)) what.push('lost on the way')
    return what
  }

  #syn(p: Placed, me: Side, states: readonly [State, State]): string[] {
    const { segment } = p
    if (segment.scale !== null) {
      me.scale = Math.min(segment.scale, 14)
      me.offersScale = true
      this.#scaling = this.#sides[0].offersScale && this.#sides[1].offersScale
    }
    const again = me.sentAt.get(0)
    const name = segment.flags & ACK ? 'SYN,ACK' : 'SYN'
    if (again !== undefined) {
      me.retransmissions++
      return [`${name} again, after ${seconds(segment.time - again)}`]
    }
    if (segment.flags & ACK) return ['SYN,ACK: accepts the connection']
    return [states[1] === 'SYN_SENT' && p.from === 0 ? 'SYN: they cross' : 'SYN: opens the connection']
  }

  /** Remarks about a segment's text, or about the place of one without. */
  #text(p: Placed, me: Side, peer: Side): string[] {
    const { segment } = p
    const { length, time } = segment
    if (segment.flags & FIN && length === 0) return []
    // A probe of an idle connection repeats the last number, so that it has to be acknowledged.
    if (length <= 1 && p.seq === me.nxt - 1 && me.nxt > 1 && !me.fin && segment.flags & ACK) {
      if (peer.window === 0) {
        me.probing = true
        return ['zero-window probe']
      }
      if (length === 0 || peer.ack >= me.nxt) {
        me.keepAlives++
        return ['keep-alive probe']
      }
    }
    if (length === 0) return []
    const end = p.seq + length
    if (p.seq > me.nxt && me.nxt > 0) {
      if (me.gaps.length < GAPS) me.gaps.push([me.nxt, p.seq])
      me.bytes += length
      return [
        `data beyond a gap of ${p.seq - me.nxt} bytes: what is between was lost, overtaken or not captured`,
      ]
    }
    if (end <= me.nxt) {
      const gap = me.gaps.findIndex(([from, to]) => p.seq < to && end > from)
      if (gap >= 0) {
        const [[from, to]] = me.gaps.splice(gap, 1) as [[number, number]]
        if (p.seq > from && me.gaps.length < GAPS) me.gaps.push([from, p.seq])
        if (end < to && me.gaps.length < GAPS) me.gaps.push([end, to])
        me.bytes += length
        return ['out of order: fills a gap']
      }
      return [this.#retransmission(p, me, peer)]
    }
    me.bytes += end - Math.max(p.seq, me.nxt || p.seq)
    if (peer.window === 0 && length === 1) {
      me.probing = true
      return ['zero-window probe with a byte of data']
    }
    if (peer.window >= 0 && peer.ack >= 0 && end - peer.ack > peer.window && peer.window === 0)
      return [`data although the window is shut`]
    const sent = me.sentAt.get(p.seq)
    if (p.seq < me.nxt && sent !== undefined) {
      me.retransmissions++
      return [`data, ${me.nxt - p.seq} bytes of it again, after ${seconds(time - sent)}`]
    }
    return ['data']
  }

  #retransmission(p: Placed, me: Side, peer: Side): string {
    me.retransmissions++
    const sent = me.sentAt.get(p.seq)
    const after = sent === undefined ? '' : `, after ${seconds(p.segment.time - sent)}`
    if (peer.ack >= p.seq + p.segment.length) return `retransmission of what is acknowledged already${after}`
    if (peer.duplicates >= 3 && peer.ack === p.seq)
      return `fast retransmission: ${peer.duplicates} duplicate ACKs ask for it`
    if (peer.window === 0) return `probe of a shut window with data sent before${after}`
    if (peer.duplicates > 0) return `retransmission: duplicate ACKs or SACK show a gap${after}`
    if (sent !== undefined && p.segment.time - sent >= LEAST_TIMEOUT)
      return `retransmission by timeout${after}${me.unanswered > 0 ? ` (${me.unanswered + 1} in a row)` : ''}`
    return `retransmission${after}`
  }

  #fin(p: Placed, me: Side, of: readonly [Milestones, Milestones]): string[] {
    if (me.fin) {
      me.retransmissions++
      const sent = me.sentAt.get(p.end - 1) ?? me.sentAt.get(p.seq)
      return [`FIN again${sent === undefined ? '' : `, after ${seconds(p.segment.time - sent)}`}`]
    }
    me.fin = true
    const other = of[p.from === 0 ? 1 : 0]
    if (p.ack > other.fin && me.ack <= other.fin) return ['FIN merged with the ACK of the other FIN']
    return ['FIN: has no more to send']
  }

  /** Remarks about the acknowledgment and the window; `alone` when the segment has nothing else to say. */
  #acknowledges(
    p: Placed,
    me: Side,
    peer: Side,
    of: readonly [Milestones, Milestones],
    alone: boolean,
  ): string[] {
    const { segment } = p
    const what: string[] = []
    const window = segment.window * (this.#scaling && !(segment.flags & SYN) ? 2 ** me.scale : 1)
    const other = of[p.from === 0 ? 1 : 0]
    const pure = segment.length === 0 && !(segment.flags & (SYN | FIN))
    const fin = p.ack > other.fin && me.ack <= other.fin
    if (me.ack < 0 && !(segment.flags & SYN) && p.ack === 1 && pure) what.push('ACK of the SYN')
    else if (fin && pure) what.push('ACK of the FIN')
    else if (p.ack > peer.nxt && peer.nxt > 0)
      what.push(`acknowledges ${p.ack - peer.nxt} bytes that were not captured`)
    else if (pure && alone && p.ack === me.ack) {
      if (
        peer.keepAlives > 0 &&
        peer.unanswered === 0 &&
        peer.ack >= 0 &&
        peer.nxt <= p.ack &&
        window === me.window
      )
        what.push('ACK again: answers a probe')
      else if (me.window === 0 && window > 0) what.push(`window update: opens the window to ${window}`)
      else if (window === 0 && me.window === 0) what.push('ACK again: the window is still shut')
      else if (window !== me.window && segment.sack.length === 0) what.push(`window update: ${window}`)
      else if (p.ack < peer.nxt) {
        me.duplicates++
        me.duplicateAcks++
        what.push(
          `duplicate ACK ${me.duplicates}${segment.sack.length > 0 ? ' with SACK: there is a gap' : ''}`,
        )
      } else what.push('ACK again')
    } else if (pure && alone && p.ack < me.ack) what.push('old ACK: overtaken')
    else if (pure && alone && p.ack > me.ack) what.push(`ACK of ${p.ack - Math.max(me.ack, 0)} bytes`)
    if (window === 0 && me.window !== 0 && !(segment.flags & SYN)) {
      me.zeroWindows++
      what.push('zero window: can take no more')
    } else if (me.window === 0 && window > 0 && !what.some(text => text.startsWith('window update')))
      what.push(`opens the window to ${window}`)
    if (p.ack > me.ack) {
      me.ack = p.ack
      me.duplicates = 0
    }
    me.window = window
    return what
  }

  #remember(p: Placed, me: Side): void {
    if (p.end > me.nxt) me.nxt = p.end
    if (p.end === p.seq) return
    me.sentAt.set(p.seq, p.segment.time)
    if (me.sentAt.size > REMEMBERED) me.sentAt.delete(me.sentAt.keys().next().value!)
  }

  /** The likely cause of a reset. */
  #reset(p: Placed, states: readonly [State, State]): string {
    const me = this.#sides[p.from]
    const peer = this.#sides[p.from === 0 ? 1 : 0]
    const state = states[p.from]
    const cause = (): string => {
      if (me.reset) return 'answers what came after the connection was gone'
      if (p.from === 1 && me.nxt === 0 && peer.nxt > 0)
        return 'refuses the connection: nobody listens on the port, or a firewall answers for it'
      if (p.from === 1 && state === 'CLOSED' && !me.fin) return 'knows of no such connection'
      if (p.from === 0 && state === 'SYN_SENT')
        return 'answers something that does not belong to its SYN: the other side remembers an older connection'
      if (me.unanswered >= 3 || me.keepAlives >= 3 || me.probing)
        return me.keepAlives >= 3
          ? 'gives up: its keep-alive probes were not answered'
          : 'gives up: what it has sent again was not acknowledged'
      if (me.fin && peer.nxt > Math.max(me.ack, 0))
        return 'its application has closed completely, and data has come for it since'
      if (me.fin && peer.bytes > 0 && !peer.fin)
        return 'its application has closed completely: nobody reads what comes'
      if (state === 'CLOSED' || state === 'TIME_WAIT') return 'the connection is gone on this side'
      if (peer.bytes > 0)
        return 'its application has closed with data unread, or aborts (SO_LINGER 0, a crash)'
      return 'its application aborts (SO_LINGER 0, a crash, or a time-out of its own)'
    }
    const text = cause()
    this.#remarks.push(`RST by ${p.segment.source} at ${this.#at(p.segment.time)}: ${text}`)
    return `RST: ${text}`
  }

  #at(time: number): string {
    return seconds(time - (this.#first?.segment.time ?? 0))
  }

  remarks(
    states: readonly [State, State],
    placed: readonly Placed[],
    transitions: readonly ReplayedTransition[],
  ): string[] {
    const remarks = [...this.#remarks]
    const last = placed.at(-1)
    const names = [0, 1].map(end => nameOf(placed, end as 0 | 1))
    for (const end of [0, 1] as const) {
      const side = this.#sides[end]
      const name = names[end]
      if (side.retransmissions > 0)
        remarks.push(`${name} sent ${count(side.retransmissions, 'segment')} again`)
      if (side.duplicateAcks > 0) remarks.push(`${name} sent ${count(side.duplicateAcks, 'duplicate ACK')}`)
      if (side.zeroWindows > 0)
        remarks.push(
          `${name} shut its window ${count(side.zeroWindows, 'time')}: its application read too slowly`,
        )
      if (side.keepAlives > 0) remarks.push(`${name} sent ${count(side.keepAlives, 'keep-alive probe')}`)
      const entered = transitions.findLast(t => t.end === end)
      const waited = (last?.segment.time ?? 0) - (entered?.time ?? 0)
      if (states[end] === 'CLOSE_WAIT' && entered !== undefined)
        remarks.push(
          `${name} is in CLOSE_WAIT at the end of the capture${waited >= FORGOTTEN ? `, since ${seconds(waited)}` : ''}: the other side has closed, its application has not`,
        )
      if (states[end] === 'SYN_SENT' && !this.#sides[end === 0 ? 1 : 0].reset)
        remarks.push(`${name} was never answered`)
      if (states[end] === 'LAST_ACK') remarks.push(`the last ACK to ${name} was not seen, or did not arrive`)
    }
    return remarks
  }
}

const nameOf = (placed: readonly Placed[], end: 0 | 1): string => {
  const [p] = placed
  if (p === undefined) return ''
  return p.from === end ? p.segment.source : p.segment.destination
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`

const seconds = (ms: number): string => (ms >= 1000 ? `${(ms / 1000).toFixed(3)} s` : `${ms.toFixed(3)} ms`)
