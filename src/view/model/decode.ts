/** Records, as a page has received them, as events. */
import type { Cause } from '../../tcp/block/events.ts'
import { RecordReader } from './record.ts'
import type { Sample, ViewEvent } from './view-event.ts'

const CAUSES: readonly Cause[] = ['segment', 'call', 'timeout']
const ACTIONS = ['armed', 'fired', 'stopped'] as const

/** Bytes of a sample. */
const SAMPLE = 32

/** The events that the bytes tell of, in order. A record that makes no sense ends them. */
export const decodeEvents = (bytes: Uint8Array): ViewEvent[] => {
  const reader = new RecordReader(bytes)
  const events: ViewEvent[] = []
  try {
    for (let head = reader.begin(); head !== null; head = reader.begin())
      events.push(decodeEvent(reader, head))
  } catch {
    // An address that is none, or the end of the bytes within a record.
  }
  return events
}

const sample = (r: RecordReader): Sample => ({
  cwnd: r.u32(),
  ssthresh: r.u32(),
  srtt: r.f32(),
  rto: r.f32(),
  inFlight: r.u32(),
  sendWindow: r.u32(),
  sendQueue: r.u32(),
  receiveQueue: r.u32(),
})

const decodeEvent = (
  r: RecordReader,
  { kind, time, host }: NonNullable<ReturnType<RecordReader['begin']>>,
): ViewEvent => {
  const direction = () => (r.u8() === 1 ? 'out' : 'in') as 'in' | 'out'
  // Texts are those that the core has written: the record is as it was written.
  const text = () => r.text() as never
  switch (kind) {
    case 'packet':
      return {
        kind,
        time,
        host,
        direction: direction(),
        length: r.u32(),
        reason: text(),
        link: text(),
        bytes: r.bytes(),
        sample: r.left >= SAMPLE ? sample(r) : null,
      }
    case 'loss':
      return { kind, time, host, direction: direction(), length: r.u32(), fate: text(), bytes: r.bytes() }
    case 'transition':
      return {
        kind,
        time,
        host,
        ends: r.ends(),
        from: r.state(),
        to: r.state(),
        cause: CAUSES[r.u8()] ?? 'segment',
        event: text(),
        section: text(),
      }
    case 'timer':
      return {
        kind,
        time,
        host,
        ends: r.ends(),
        action: ACTIONS[r.u8()] ?? 'armed',
        at: r.f64(),
        timer: text(),
      }
    case 'drop':
      return { kind, time, host, reason: text() }
    case 'recovery':
      return {
        kind,
        time,
        host,
        ends: r.ends(),
        undone: r.u8() === 1,
        cwnd: r.u32(),
        ssthresh: r.u32(),
        lost: r.u32(),
        phase: text(),
        cause: text(),
      }
    case 'path-mtu':
      return { kind, time, host, ends: r.ends(), from: r.u32(), to: r.u32(), cause: text() }
    case 'note':
      return { kind, time, host, ends: r.ends(), text: text() }
  }
}
