/** Differences that are meant, or known, by rule. */
import { isDeepStrictEqual } from 'node:util'
import { ACK, FIN, RST, SYN } from '../../src/wire/tcp.ts'
import { alikeBut, isAck, isReset, sackBlocks, withoutNumber, withoutSack, withoutStamps } from './answers.ts'
import type { Case, SegmentStep, Step } from './stimuli.ts'
import type { Numbers, Outcome } from './talk.ts'

export interface Differing {
  readonly theCase: Case
  /** The first step whose answers differ; the probe in the end is one. */
  readonly step: Step
  /** Its numbers, where it is a segment; they count from the SYNs. */
  readonly said: Numbers | null
  /** The answers to the steps before it, from both alike. */
  readonly before: Outcome
  /** The last acknowledgment before it, and the highest that either has given since. */
  readonly acked: number
  readonly next: number
  readonly ours: string
  readonly theirs: string
}

export interface Rule {
  readonly name: string
  /** Why ours does otherwise. */
  readonly why: string
  readonly explains: (d: Differing) => boolean
}

const NOTHING = 'nothing'
/** A window that holds a segment back. */
const SMALL_WINDOW = 1000
/** The number of the FIN with which a case begins where its state comes after one. */
const FIRST_FIN = 2

const segmentOf = ({ step }: Differing): SegmentStep | null => (step.kind === 'segment' ? step : null)
const flagsOf = (d: Differing): number => segmentOf(d)?.flags ?? ACK
const textOf = ({ said }: Differing): number => said?.length ?? 0

/** The segments before this one. */
const earlier = ({ theCase, before }: Differing): SegmentStep[] =>
  theCase.steps.slice(0, before.length).filter(step => step.kind === 'segment')
/** And this one. */
const soFar = (d: Differing): SegmentStep[] => [
  ...earlier(d),
  ...(segmentOf(d) === null ? [] : [segmentOf(d)!]),
]

const halfOpen = ({ theCase, before }: Differing): boolean =>
  theCase.state === 'SYN_RECEIVED' ||
  theCase.state === 'LISTEN' ||
  before.some(({ answer }) => answer.startsWith('anew '))

/** The tested side has sent its FIN, and got that of the peer. */
const timeWait = ({ theCase, before }: Differing): boolean =>
  theCase.state === 'TIME_WAIT' ||
  (before.some(({ answer }) => /^F/.test(answer)) &&
    theCase.steps.slice(0, before.length).some(step => step.kind === 'segment' && step.flags & FIN))

const onlyOneAcks = (d: Differing): boolean =>
  (isAck(d.ours) && d.theirs === NOTHING) || (d.ours === NOTHING && isAck(d.theirs))

/** The numbers of the FINs that the peer has sent before this segment. */
const finsBefore = ({ theCase, before }: Differing): number[] => {
  const list = ['CLOSE_WAIT', 'LAST_ACK', 'CLOSING', 'TIME_WAIT'].includes(theCase.state) ? [FIRST_FIN] : []
  for (const [n, { said }] of before.entries()) {
    const step = theCase.steps[n]!
    if (said !== null && step.kind === 'segment' && step.flags & FIN) list.push(said.end - 1)
  }
  return list
}
/** And its own. */
const fins = (d: Differing): number[] =>
  d.said !== null && flagsOf(d) & FIN ? [...finsBefore(d), d.said.end - 1] : finsBefore(d)

/** PAWS has refused the segment: its timestamp is old, or an earlier one was of the future. */
const oldByPaws = (d: Differing): boolean =>
  d.theCase.timestamps &&
  (segmentOf(d)?.timestamp === 'old' || earlier(d).some(({ timestamp }) => timestamp === 'future'))

/** The segment acknowledges, but it begins below one that has come before. */
const acksFromBelow = (d: Differing): boolean =>
  (flagsOf(d) & ACK) !== 0 &&
  d.before.some(({ said }) => said !== null && d.said !== null && said.seq > d.said.seq)

/** The first answer is the beginning of the second, whole segments of it, which are text and ACKs. */
const beginsAs = (less: string, more: string): boolean =>
  (less === NOTHING || more === less || more.startsWith(`${less} + `)) &&
  more.split(' + ').every(segment => /^F?P?\. /.test(segment))

/** A write of which less is sent, since less is acknowledged. */
const isLess = (d: Differing): boolean =>
  d.step.kind === 'call' && d.step.call === 'write' && beginsAs(d.ours, d.theirs)

/** The segment is below RCV.NXT, but its end is not below the last ACK that was sent. */
const endsAtAcked = (numbers: Numbers | null, acked: number, next: number): boolean =>
  numbers !== null && numbers.seq < next && numbers.end >= acked && numbers.end <= next

export const EXPLAINED: readonly Rule[] = [
  {
    name: 'timestamp on a reset',
    why: 'A reset for a segment that had a timestamp has one (RFC 7323 §3.2 lets it); Linux sends it bare where it has no socket.',
    explains: d => isReset(d.ours) && withoutStamps(d.ours) === d.theirs,
  },
  {
    name: 'SACK on a reset',
    why: 'A reset tells of no text that is held: there is nobody to send the rest. That of Linux does.',
    explains: d => isReset(d.ours) && alikeBut(withoutSack, d) && d.ours === withoutSack(d.theirs),
  },
  {
    name: 'a reset for each edge',
    why: 'No one number is acceptable (RFC 5961 §3.2) to a peer that has taken all that is out and to one that has taken less, where what is out reaches the edge of its window: there is a reset for each. Linux sends one, at the edge.',
    explains: d => {
      const resets = d.ours.split(' + ')
      return resets.length > 1 && resets.every(isReset) && resets.includes(withoutSack(d.theirs))
    },
  },
  {
    name: 'no ACK bit',
    why: 'The sequence number is looked at first, and the ACK bit fifth (RFC 9293 §3.10.7.4); Linux drops a segment without ACK, RST and SYN before all else, but in TIME-WAIT it answers.',
    explains: d => (flagsOf(d) & (ACK | RST | SYN)) === 0 && onlyOneAcks(d),
  },
  {
    name: 'half-open: acknowledgment',
    why: 'A connection in SYN-RECEIVED goes by the order of RFC 9293 §3.10.7.4; in Linux it is a request, whose acknowledgment is looked at before its sequence number and its flags.',
    explains: d => halfOpen(d) && d.theirs === `R ${d.said?.ack}(0)` && (d.ours === NOTHING || isAck(d.ours)),
  },
  {
    name: 'half-open: SYN',
    why: 'A SYN in the window ends a passive OPEN in silence (RFC 9293 §3.10.7.4, fourth); Linux tells the peer by a reset.',
    explains: d =>
      halfOpen(d) && (flagsOf(d) & SYN) !== 0 && d.ours === NOTHING && d.theirs.startsWith('R. '),
  },
  {
    name: 'half-open: SYN again',
    why: 'The SYN that has come again draws the SYN,ACK again; Linux asks PAWS first and only acknowledges one with an older timestamp.',
    explains: d =>
      halfOpen(d) &&
      (flagsOf(d) & SYN) !== 0 &&
      d.ours.startsWith('S. 0(0)') &&
      isAck(d.theirs) &&
      oldByPaws(d),
  },
  {
    name: 'half-open: timestamp',
    why: 'A segment in the window leaves its timestamp (RFC 7323 §4.3), and what repeats is reported; a request of Linux keeps the timestamp of its SYN.',
    explains: d => halfOpen(d) && alikeBut(answer => withoutStamps(withoutSack(answer)), d),
  },
  {
    name: 'D-SACK',
    why: 'Text that repeats some is reported by the next ACK (RFC 2883 §4), whatever that answers; Linux has none for a connection that is half open, forgets it where the acknowledgment of the segment is none to believe, and when it comes to a FIN.',
    explains: d =>
      ((d.said !== null &&
        d.said.seq < d.next &&
        (halfOpen(d) || d.said.ack <= 0 || segmentOf(d)?.ack !== 0)) ||
        finsBefore(d).some(fin => fin >= d.acked)) &&
      isDeepStrictEqual(sackBlocks(d.theirs), sackBlocks(d.ours).slice(1)) &&
      // Without the option there is room for all of a write in one segment.
      (alikeBut(withoutSack, d) || (d.step.kind === 'call' && d.step.call === 'write')),
  },
  {
    name: 'D-SACK of what PAWS refuses',
    why: 'The numbers of a segment from before, which PAWS refuses, say nothing of the text of today: it is acknowledged (RFC 7323 §5.3 R1) and not reported. Linux reports it, its FIN too.',
    explains: d =>
      oldByPaws(d) &&
      (textOf(d) > 0 || (flagsOf(d) & FIN) !== 0) &&
      withoutSack(d.theirs) === withoutSack(d.ours),
  },
  {
    name: 'options of crossing SYNs',
    why: 'The SYN,ACK has what both sides have offered (RFC 7323 §2.2, §3.2; RFC 2018 §2); that of Linux offers again all that its SYN did.',
    explains: d =>
      d.theCase.state === 'SYN_SENT' &&
      d.ours.startsWith('S.') &&
      d.ours.replace(/ <.*/, '') === d.theirs.replace(/ <.*/, ''),
  },
  {
    name: 'beyond a FIN in a SACK block',
    why: 'Text beyond a FIN is none of the stream: it is not held, and our blocks end with the number of the FIN; those of Linux include what lies beyond.',
    explains: d =>
      withoutSack(d.ours) === withoutSack(d.theirs) &&
      sackBlocks(d.theirs).some(([, right]) => fins(d).some(fin => right > fin + 1)),
  },
  {
    name: 'text beyond a FIN',
    why: 'The stream ends at its FIN: text beyond it is neither kept nor acknowledged. In Linux the text goes before a FIN that still waits above a gap.',
    explains: d =>
      d.said !== null &&
      finsBefore(d).some(fin => fin < d.said!.end) &&
      textOf(d) > 0 &&
      isAck(d.ours) &&
      (isAck(d.theirs) || d.theirs === NOTHING),
  },
  {
    name: 'a second FIN',
    why: 'After a FIN comes no other (RFC 9293 §3.10.7.4, eighth: none is processed); Linux counts one that lies a number higher.',
    explains: d =>
      finsBefore(d).length > 1 &&
      withoutSack(d.ours).replace(/ack (\d+)/, (_, ack) => `ack ${Number(ack) + 1}`) ===
        withoutSack(d.theirs),
  },
  {
    name: 'a FIN that fills a gap',
    why: 'What fills a gap, or repeats what was held above it, is acknowledged at once (RFC 5681 §4.2, RFC 2883 §4), a FIN too; Linux lets go of what it holds first, and the ACK waits.',
    explains: d =>
      (flagsOf(d) & FIN) !== 0 &&
      isAck(d.ours) &&
      d.theirs === NOTHING &&
      d.before.some(({ said, acked }) => said !== null && said.length > 0 && said.seq > acked),
  },
  {
    name: 'ends at what was acknowledged',
    why: 'A segment that ends at or before RCV.NXT is not acceptable by the table of §3.10.7.4; Linux compares its end with the last ACK sent, and takes its acknowledgment, its window and its timestamp.',
    explains: d =>
      (endsAtAcked(d.said, d.acked, d.next) && (d.ours === NOTHING || isAck(d.ours)) && !isReset(d.theirs)) ||
      ((alikeBut(withoutStamps, d) || isLess(d)) &&
        d.before.some(told => endsAtAcked(told.said, told.acked, d.next))),
  },
  {
    name: 'TIME-WAIT: not at RCV.NXT',
    why: 'TIME-WAIT answers what is not acceptable, and a FIN (RFC 9293 §3.10.7.4); Linux answers whatever is not exactly the next number.',
    explains: d => timeWait(d) && d.ours === NOTHING && isAck(d.theirs),
  },
  {
    name: 'TIME-WAIT: acknowledgment',
    why: 'An acknowledgment of what was not sent is answered (RFC 9293 §3.10.7.4, fifth); Linux looks at no acknowledgment there.',
    explains: d => timeWait(d) && (segmentOf(d)?.ack ?? 0) > 0 && isAck(d.ours) && d.theirs === NOTHING,
  },
  {
    name: 'TIME-WAIT: timestamp',
    why: 'What TIME-WAIT passes over leaves no timestamp; in Linux it does.',
    explains: d => timeWait(d) && alikeBut(withoutStamps, d),
  },
  {
    name: 'reset with an old timestamp',
    why: 'A reset needs no timestamp to be believed (RFC 7323 §5.2); in TIME-WAIT and of a connection that is half open Linux asks PAWS first.',
    explains: d =>
      (timeWait(d) || halfOpen(d)) &&
      earlier(d).some(({ flags }) => flags & RST) &&
      isReset(d.ours) &&
      isAck(d.theirs),
  },
  {
    name: 'TIME-WAIT: SYN at RCV.NXT',
    why: 'A SYN at RCV.NXT is above all numbers that were used, and opens the connection anew (RFC 9293 §3.10.7.4); Linux wants one higher.',
    explains: d => timeWait(d) && (flagsOf(d) & SYN) !== 0 && d.ours.startsWith('anew ') && isAck(d.theirs),
  },
  {
    name: 'SYN and RST',
    why: 'A RST outside of the window is dropped in silence, whatever else it is (RFC 5961 §3.2); Linux answers one that is a SYN.',
    explains: d => (flagsOf(d) & (SYN | RST)) === (SYN | RST) && onlyOneAcks(d),
  },
  {
    name: 'text after a FIN',
    why: 'Text beyond the FIN is passed over, and its ACK counts; Linux resets a connection that gets more after the FIN.',
    explains: d => fins(d).length > 0 && textOf(d) > 0 && isReset(d.theirs) && !isReset(d.ours),
  },
  {
    name: 'timestamp of an old acknowledgment',
    why: 'A timestamp goes by the sequence number (RFC 7323 §4.3); Linux does not take that of a segment which acknowledges less than the last one. What PAWS then refuses is not reported.',
    explains: d =>
      soFar(d).some(({ ack }) => ack < 0) && alikeBut(answer => withoutStamps(withoutSack(answer)), d),
  },
  {
    name: 'PAWS and an empty ACK',
    why: 'What PAWS refuses is answered (RFC 7323 §5.3 R1); since 2025 Linux passes over an ACK without text.',
    explains: d => oldByPaws(d) && textOf(d) === 0 && isAck(d.ours) && d.theirs === NOTHING,
  },
  {
    name: 'SYN again',
    why: 'A SYN waits for its timer; that of Linux goes again some milliseconds after a bad acknowledgment.',
    explains: d =>
      d.theCase.state === 'SYN_SENT' &&
      soFar(d).some(({ flags }) => flags & ACK) &&
      d.theirs.replace(/( \+ )?S 0\(0\) <[^>]*>/g, '') === (d.ours === NOTHING ? '' : d.ours),
  },
  {
    name: 'header prediction',
    why: 'Text whose acknowledgment is none to believe is dropped and answered (RFC 5961 §5); Linux takes it where it is what comes next and the window is what it was.',
    explains: d =>
      textOf(d) > 0 &&
      d.said!.seq === d.acked &&
      (segmentOf(d)?.ack ?? 0) !== 0 &&
      isAck(d.ours) &&
      isAck(d.theirs),
  },
  {
    name: 'reset at the end of what is held',
    why: 'Only a RST at RCV.NXT resets (RFC 5961 §3.2); Linux believes one at the end of the text that it has reported, too.',
    explains: d =>
      (flagsOf(d) & RST) !== 0 &&
      isAck(d.ours) &&
      d.theirs === NOTHING &&
      d.before.some(({ answer }) => sackBlocks(answer).some(([, right]) => right === d.said?.seq)),
  },
  {
    name: 'every second segment',
    why: 'Every second segment is acknowledged at once (RFC 9293 §3.8.6.3); Linux waits where nobody reads, and its window would shrink.',
    explains: d => textOf(d) > 0 && isAck(d.ours) && d.theirs === NOTHING && d.next - d.acked > textOf(d),
  },
  {
    name: 'an ACK of its own',
    why: 'What comes above a gap is acknowledged by a segment without text, since no other counts as a duplicate ACK (RFC 5681 §2); in Linux text that may just go then takes it along.',
    explains: d => {
      const [ack = '', ...others] = d.ours.split(' + ')
      return (
        d.said !== null &&
        d.said.seq > d.acked &&
        isAck(ack) &&
        withoutSack(others.join(' + ')) === withoutSack(d.theirs)
      )
    },
  },
  {
    name: 'window',
    why: 'The window is that of the segment with the highest number, and of the highest acknowledgment among these, once what has come before is cut off (RFC 9293 §3.10.7.4, SND.WL1 and SND.WL2); Linux goes by the number as it came, takes the window of any new acknowledgment, and lets none shrink without one.',
    explains: d =>
      (d.step.kind === 'call' ? d.step.call === 'write' : acksFromBelow(d)) &&
      soFar(d).some(({ window }) => window <= SMALL_WINDOW) &&
      (beginsAs(d.theirs, d.ours) ||
        beginsAs(d.ours, d.theirs) ||
        (isAck(d.ours) && isAck(d.theirs) && alikeBut(withoutNumber, d))),
  },
  {
    name: 'quick after a repetition',
    why: 'The ACK of text may wait (RFC 9293 §3.8.6.3); that of Linux comes at once after a segment from before.',
    explains: d =>
      textOf(d) > 0 && d.ours === NOTHING && isAck(d.theirs) && earlier(d).some(({ seq }) => seq < 0),
  },
]
