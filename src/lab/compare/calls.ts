/** Compares what the applications of one end did and were told in two runs. */
import type { AlignedEvent, Seen } from '../compare.ts'
import type { EndName, Run, RunNote } from '../recorder.ts'

/** Both say that the other side is gone: which of them depends on what the system noticed first. */
const GONE = /EPIPE|ECONNRESET/

/** Answers to an application are compared as a set: the time at which it hears of something is its system's business. */
export const compareCalls = (end: EndName, left: Run, right: Run, rounding: number): AlignedEvent[] => {
  const of = (run: Run): RunNote[] => run.notes.filter(note => note.end === end)
  const rest = of(right)
  const seen = (note: RunNote): Seen => ({
    time: Math.round(note.time / rounding) * rounding,
    text: note.text,
    event: null,
  })
  const event = (l: RunNote | null, r: RunNote | null): AlignedEvent => {
    const both = l !== null && r !== null
    const same = both && l.text === r.text
    return {
      kind: 'call',
      end,
      connection: -1,
      left: l === null ? null : seen(l),
      right: r === null ? null : seen(r),
      verdict: same ? 'same' : both ? 'allowed' : 'defect',
      what: same
        ? ''
        : both
          ? 'by which error an application hears that the other side is gone'
          : 'what the application does or is told',
      section: both && !same ? 'RFC 9293 §3.9.1 leaves the texts of errors to the system' : '',
    }
  }
  const take = (fits: (note: RunNote) => boolean): RunNote | null => {
    const at = rest.findIndex(fits)
    return at < 0 ? null : rest.splice(at, 1)[0]!
  }
  const alone: RunNote[] = []
  const events: AlignedEvent[] = []
  for (const note of of(left)) {
    const other = take(({ text }) => text === note.text)
    if (other === null) alone.push(note)
    else events.push(event(note, other))
  }
  for (const note of alone)
    events.push(event(note, GONE.test(note.text) ? take(({ text }) => GONE.test(text)) : null))
  for (const note of rest) events.push(event(null, note))
  return events
}
