/** Explained connections as qlog, as somebody between both ends sees them: what the opener sends counts as sent. */
import { Flows } from '../../trace/qlog/flows.ts'
import { packetData, receivedData } from '../../trace/qlog/packet-data.ts'
import { eventRecord, headerRecord, type QlogData } from '../../trace/qlog/records.ts'
import type { Explanation } from './replay.ts'

/** A segment's place: the connection, and the number of the segment there. */
type Place = readonly [connection: number, segment: number]

/**
 * The records of a file, in the order of time.
 * @param title the name of the capture
 */
export function* explanationQlog(title: string, connections: readonly Explanation[]): Generator<string> {
  const timeOf = ([c, i]: Place): number => connections[c]!.segments[i]!.segment.time
  const places = connections.flatMap((e, c) => e.segments.map((_, i): Place => [c, i]))
  // Stable: what has one time stays in the capture's order.
  places.sort((a, b) => timeOf(a) - timeOf(b))
  const epoch = places[0] === undefined ? 0 : timeOf(places[0])
  yield headerRecord({ title, vantagePoint: 'network', epoch })
  const told = connections.map(e => new ToldConnection(e, epoch))
  for (const [c, i] of places) yield* told[c]!.segment(i)
}

/** Tells a connection segment by segment. */
class ToldConnection {
  readonly #explanation: Explanation
  readonly #epoch: number
  readonly #flow: ReturnType<Flows['of']>
  /** The next transition. */
  #next = 0

  constructor(explanation: Explanation, epoch: number) {
    this.#explanation = explanation
    this.#epoch = epoch
    const [local, remote] = explanation.ends
    // Each has a number of its own: connections with the same ends are told apart already.
    this.#flow = new Flows(explanation.number).of(local, remote)
  }

  *segment(index: number): Generator<string> {
    const { segments } = this.#explanation
    const { segment: s, from, what } = segments[index]!
    yield* this.#transitions(index, true)
    const [name, data] =
      from === 0
        ? ['transport:packet_sent', packetData(s, this.#flow.sent(s))]
        : ['transport:packet_received', receivedData(s, this.#flow)]
    yield this.#record(s.time, name, what.length === 0 ? data : { ...data, details: { effects: what } })
    yield* this.#transitions(index, false)
  }

  *#transitions(index: number, before: boolean): Generator<string> {
    const { transitions } = this.#explanation
    for (; this.#next < transitions.length; this.#next++) {
      const t = transitions[this.#next]!
      if (t.segment !== index || t.before !== before) return
      yield this.#record(t.time, 'connectivity:connection_state_updated', {
        owner: t.end === 0 ? 'local' : 'remote',
        old: t.from,
        new: t.to,
        trigger: t.event,
        section: t.section,
      })
    }
  }

  #record(time: number, name: string, data: QlogData): string {
    return eventRecord(time - this.#epoch, name, this.#flow.group, data)
  }
}
