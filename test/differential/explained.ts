/** Differences that are meant, or known, by rule. */
import { ACK, FIN, RST, SYN } from '../../src/wire/tcp.ts'
import type { Case, SegmentStep, Step } from './stimuli.ts'

export interface Differing {
  readonly theCase: Case
  /** The first step whose answers differ; the probe in the end is one. */
  readonly step: Step
  readonly ours: string
  readonly theirs: string
}

export interface Rule {
  readonly name: string
  /** Why ours does otherwise. */
  readonly why: string
  readonly explains: (d: Differing) => boolean
}

const first = ({ theCase }: Differing): SegmentStep | null => {
  const [step] = theCase.steps
  return step?.kind === 'segment' ? step : null
}

const segmentOf = ({ step }: Differing): SegmentStep | null => (step.kind === 'segment' ? step : null)

const withoutSack = (text: string): string =>
  text.replace(/(,?nop,nop,sack [-\d:,]+)/g, '').replace(/ <>/g, '')
const withoutStamps = (text: string): string =>
  text.replace(/(nop,nop,)?TS ecr -?\d+,?/g, '').replace(/ <>/g, '')

export const EXPLAINED: readonly Rule[] = [
  {
    name: 'timestamp on a reset',
    why: 'A reset for a segment that had a timestamp has one (RFC 7323 §3.2 lets it); Linux sends it bare where it has no socket.',
    explains: d => /\bR/.test(d.ours) && withoutStamps(d.ours) === d.theirs,
  },
  {
    name: 'no ACK bit',
    why: 'The sequence number is looked at first, and the ACK bit fifth (RFC 9293 §3.10.7.4); Linux drops a segment without ACK, RST and SYN before all else, but in TIME-WAIT it answers.',
    explains: d =>
      ((segmentOf(d) ?? first(d))?.flags ?? ACK) % 64 < ACK && !((segmentOf(d)?.flags ?? 0) & (SYN | RST)),
  },
  {
    name: 'half-open',
    why: 'A connection in SYN-RECEIVED is a whole one here, with D-SACKs, PAWS and the order of §3.10.7.4; in Linux it is a request, whose ACK is looked at before its sequence number and which a SYN resets.',
    explains: d => d.theCase.state === 'SYN_RECEIVED' || d.theCase.state === 'LISTEN',
  },
  {
    name: 'options of crossing SYNs',
    why: 'The SYN,ACK has what both sides have offered (RFC 7323 §2.2, §3.2; RFC 2018 §2); that of Linux offers again all that its SYN did.',
    explains: d => d.theCase.state === 'SYN_SENT' && d.ours.startsWith('S.') && d.theirs.startsWith('S.'),
  },
  {
    name: 'FIN in a SACK block',
    why: 'Blocks are of text (RFC 2018 §3 speaks of data); those of Linux include the number of a FIN.',
    explains: d => (segmentOf(d)?.flags ?? 0) % 2 === FIN && withoutSack(d.ours) === withoutSack(d.theirs),
  },
  {
    name: 'ends at what was acknowledged',
    why: 'A segment whose last octet comes just before RCV.NXT is not acceptable by the table of §3.10.7.4; Linux compares its end with the last ACK sent, and takes its acknowledgment and its timestamp.',
    explains: d => {
      const s = segmentOf(d)
      return s !== null && s.seq < 0 && s.seq + s.length >= -2 && s.seq + s.length <= 0
    },
  },
  {
    name: 'TIME-WAIT',
    why: 'TIME-WAIT answers what RFC 9293 §3.10.7.4 and RFC 6191 ask for: a SYN with higher numbers opens the connection anew, which a segment without its timestamp does not end; Linux looks at fewer fields.',
    explains: d => d.theCase.state === 'TIME_WAIT',
  },
  {
    name: 'SYN and RST',
    why: 'A RST outside of the window is dropped in silence, whatever else it is (RFC 5961 §3.2); Linux answers one that is a SYN.',
    explains: d => ((segmentOf(d)?.flags ?? 0) & (SYN | RST)) === (SYN | RST),
  },
  {
    name: 'text after a FIN',
    why: 'Text beyond the FIN is passed over, and its ACK counts; Linux resets a connection that gets more after the FIN.',
    explains: d => d.theCase.state === 'CLOSE_WAIT' && /^R/.test(d.theirs),
  },
  {
    name: 'D-SACK on a challenge',
    why: 'Text that repeats some is reported by the next ACK (RFC 2883 §4), whatever that answers; Linux forgets it where the acknowledgment of the segment is none to believe.',
    explains: d => d.ours !== d.theirs && withoutSack(d.ours) === d.theirs,
  },
  {
    name: 'timestamp of an old acknowledgment',
    why: 'A timestamp goes by the sequence number (RFC 7323 §4.3); Linux does not take that of a segment which acknowledges less than the last one.',
    explains: d => (segmentOf(d)?.ack ?? 0) < 0 && withoutStamps(d.ours) === withoutStamps(d.theirs),
  },
  {
    name: 'PAWS and an empty ACK',
    why: 'What PAWS refuses is answered (RFC 7323 §5.3 R1); since 2025 Linux passes over an ACK without text.',
    explains: d => {
      const s = segmentOf(d)
      return s !== null && s.timestamp === 'old' && s.length === 0 && d.theirs === 'nothing'
    },
  },
  {
    name: 'SYN again',
    why: 'A SYN waits for its timer; that of Linux goes again some milliseconds after a bad acknowledgment.',
    explains: d => d.theCase.state === 'SYN_SENT' && d.theirs.startsWith(`${d.ours} + S 0(0)`),
  },
]
