/** Explained connections as qlog, as somebody between both ends sees them: what the opener sends counts as sent. */
import { type Flow, Flows } from '../../trace/qlog/flows.ts'
import { packetData, receivedData } from '../../trace/qlog/packet-data.ts'
import { eventRecord, headerRecord } from '../../trace/qlog/records.ts'
import type { Explanation, ReplayedTransition } from './replay.ts'
import { type ToldSegment, told } from './told.ts'

/** Each connection has a number of its own: those with the same ends are told apart already. */
const flowOf = ({ number, ends: [local, remote] }: Explanation): Flow => new Flows(number).of(local, remote)

/**
 * The records of a file, in the order of time.
 * @param title the name of the capture
 */
export function* explanationQlog(title: string, connections: readonly Explanation[]): Generator<string> {
  const all = connections.flatMap(e => {
    const flow = flowOf(e)
    return Array.from(told(e), one => ({ one, flow }))
  })
  // Stable: what has one time stays in the order of the connections, and in theirs.
  all.sort((a, b) => a.one.segment.time - b.one.segment.time)
  const epoch = all[0]?.one.segment.time ?? 0
  yield headerRecord({ title, vantagePoint: 'network', epoch })
  for (const { one, flow } of all) yield* recordsOf(one, flow, epoch)
}

function* recordsOf(one: ToldSegment, flow: Flow, epoch: number): Generator<string> {
  const { segment: s, from, what, before, after } = one
  const transition = (t: ReplayedTransition): string =>
    eventRecord(t.time - epoch, 'connectivity:connection_state_updated', flow.group, {
      owner: t.end === 0 ? 'local' : 'remote',
      old: t.from,
      new: t.to,
      trigger: t.event,
      section: t.section,
    })
  yield* before.map(transition)
  const [name, data] =
    from === 0
      ? ['transport:packet_sent', packetData(s, flow.sent(s))]
      : ['transport:packet_received', receivedData(s, flow)]
  const full = what.length === 0 ? data : { ...data, details: { effects: what } }
  yield eventRecord(s.time - epoch, name, flow.group, full)
  yield* after.map(transition)
}
