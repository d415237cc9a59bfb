/** Compares what one end sent over one connection in two runs. */
import {
  type Beginnings,
  beginnings,
  isLost,
  relativeAck,
  relativeSeq,
} from '../../trace/observed-segment.ts'
import { ACK, FIN, formatFlags, PSH, RST, SYN } from '../../wire/tcp.ts'
import type { AlignedEvent, Seen, Verdict } from '../compare.ts'
import type { EndName, RunSegment } from '../recorder.ts'
import { align } from './align.ts'
import type { RunConnection } from './connections.ts'

/** A segment with its numbers relative to the beginning of its connection. */
interface Sent {
  readonly segment: RunSegment
  readonly seq: number
  /** After its text and its FIN. */
  readonly end: number
  readonly ack: number
  /** Takes no number, resets nothing: an acknowledgment, a window, a probe. */
  readonly pure: boolean
  /** ms since it was sent last; NaN the first time. */
  readonly since: number
  /** Its number lies before what was sent already: it wants an answer. */
  readonly old: boolean
  readonly key: string
}

const sentBy = (end: EndName, { segments }: RunConnection): Sent[] => {
  const begin: Beginnings = beginnings(segments)
  const last = new Map<string, number>()
  let next = 0
  return segments
    .filter(({ from }) => from === end)
    .map(segment => {
      const { flags, length, time } = segment
      const seq = relativeSeq(segment, begin)
      const ack = flags & ACK ? relativeAck(segment, begin) : 0
      const after = seq + length + (flags & (SYN | FIN) ? 1 : 0)
      const pure = length === 0 && !(flags & (SYN | FIN | RST))
      // A reset with an acknowledgment is no other than one without, nor is text that is pushed.
      const key = pure
        ? `. ${seq} ${ack}${segment.window === 0 ? ' shut' : ''}`
        : `${flags & (SYN | FIN | RST)} ${flags & SYN ? flags & ACK : ''} ${seq} ${length}`
      const before = last.get(key)
      last.set(key, time)
      const old = !(flags & (SYN | RST)) && seq < next
      if (!(flags & RST)) next = Math.max(next, after)
      return {
        segment,
        seq,
        end: after,
        ack,
        pure,
        since: before === undefined ? Number.NaN : time - before,
        old,
        key,
      }
    })
}

const textOf = ({ segment, seq, ack }: Sent): string =>
  [
    formatFlags(segment.flags),
    segment.length > 0 ? `${seq}:${seq + segment.length}` : String(seq),
    ...(segment.flags & ACK ? [`ack ${ack}`] : []),
    ...(segment.window === 0 && !(segment.flags & RST) ? ['win 0'] : []),
    ...(isLost(segment) ? ['lost'] : []),
  ].join(' ')

interface Judgment {
  readonly verdict: Verdict
  readonly what: string
  readonly section: string
}

const SAME: Judgment = { verdict: 'same', what: '', section: '' }
const allowed = (what: string, section: string): Judgment => ({ verdict: 'allowed', what, section })
const defect = (what: string): Judgment => ({ verdict: 'defect', what, section: '' })

export const compareSegments = (
  end: EndName,
  connection: number,
  left: RunConnection,
  right: RunConnection,
  rounding: number,
): AlignedEvent[] => {
  const [a, b] = [sentBy(end, left), sentBy(end, right)]
  const seen = (sent: Sent | null): Seen | null =>
    sent === null
      ? null
      : {
          time: Math.round(sent.segment.time / rounding) * rounding,
          text: textOf(sent),
          event: sent.segment,
        }
  return align(a, b, ({ key }) => key).map(([l, r]) => ({
    kind: 'segment',
    end,
    connection,
    left: seen(l),
    right: seen(r),
    ...(l !== null && r !== null
      ? judgePair(l, r, rounding)
      : l !== null
        ? judgeAlone(l, b)
        : judgeAlone(r!, a)),
  }))
}

const optionsOf = ({ mss, scale, sackPermitted, timestamps }: RunSegment): string =>
  `${mss} ${scale} ${sackPermitted} ${timestamps}`

/** The same segment in both runs: what about it is not the same. */
const judgePair = (l: Sent, r: Sent, rounding: number): Judgment => {
  const [x, y] = [l.segment, r.segment]
  if (isLost(x) !== isLost(y))
    return allowed('the path lost another segment', 'the path’s script counts segments')
  if (x.flags & SYN && optionsOf(x) !== optionsOf(y))
    return allowed('options of the SYN', 'RFC 9293 §3.2, RFC 7323 §2')
  if ((x.flags ^ y.flags) & ACK) return allowed('whether a reset acknowledges', 'RFC 9293 §3.10.7.4')
  if (l.ack !== r.ack && !(x.flags & RST))
    return allowed('how much was acknowledged by then', 'RFC 9293 §3.8.6.3')
  if ((x.flags ^ y.flags) & PSH) return allowed('where text is pushed', 'RFC 9293 §3.9.1.2')
  if (l.old && r.old && Math.abs(l.since - r.since) > rounding) {
    if (l.pure) return allowed('the time between probes', 'RFC 9293 §3.8.4, §3.8.6.1')
    return allowed('the time until it is sent again', 'RFC 6298 §2, RFC 8985 §6, §7')
  }
  return SAME
}

/** A segment that only one run has; `others` are what the same end sent in the other. */
const judgeAlone = (s: Sent, others: readonly Sent[]): Judgment => {
  const { flags, length } = s.segment
  if (others.length === 0) return defect('sends what the other never does')
  if (flags & RST) {
    const copy = others.some(o => o.segment.flags & RST && o.seq === s.seq)
    return copy
      ? allowed('how many segments are answered by a reset', 'RFC 9293 §3.10.7.1')
      : defect('a reset that the other does not send')
  }
  if (flags & SYN)
    return others.some(o => o.key === s.key)
      ? allowed('how often a SYN is sent', 'RFC 6298 §2, §5')
      : defect('a SYN that the other does not send')
  if (s.pure) {
    const most = others.reduce((sum, o) => Math.max(sum, o.ack), 0)
    if (s.ack > most) return defect('acknowledges what the other never does')
    return s.old
      ? allowed('how many probes there are', 'RFC 9293 §3.8.4, §3.8.6.1')
      : allowed('when an ACK or a window goes alone', 'RFC 9293 §3.8.6.2.2, §3.8.6.3')
  }
  if (!covered(s, others))
    return defect(flags & FIN ? 'a FIN that the other does not send' : 'text that the other does not send')
  if (s.old) return allowed('what is sent again', 'RFC 6298 §5, RFC 5681 §3.2, RFC 8985 §3')
  return allowed(
    length > 0 && flags & FIN
      ? 'the FIN goes with the last text, or after it'
      : 'text is cut into segments as one likes',
    'RFC 9293 §3.7, §3.8.6.2.1',
  )
}

/** Returns whether others carry its text and its FIN too, cut as they may be. */
const covered = (s: Sent, others: readonly Sent[]): boolean => {
  let at = s.seq
  for (;;) {
    const next = others
      .filter(o => !(o.segment.flags & (SYN | RST)) && !o.pure && o.seq <= at && o.end > at)
      .reduce((most, o) => Math.max(most, o.end), at)
    if (next >= s.end)
      return !(s.segment.flags & FIN) || others.some(o => o.segment.flags & FIN && o.end === s.end)
    if (next === at) return false
    at = next
  }
}
