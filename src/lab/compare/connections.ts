/** Sorts what happened in a run by connection. */
import { Conversations } from '../explain/conversations.ts'
import { Findings } from '../findings.ts'
import type { EndName, Run, RunSegment, RunTransition } from '../recorder.ts'

/** A connection of a run: its segments, and the states of both ends. */
export interface RunConnection {
  readonly segments: readonly RunSegment[]
  readonly transitions: Readonly<Record<EndName, readonly RunTransition[]>>
}

/** In the order in which they began. What was never on the wire is none. */
export const connectionsOf = (run: Run): RunConnection[] => {
  const conversations = new Conversations()
  for (const segment of run.segments) conversations.add(segment)
  const findings = new Findings(run)
  const lists = { client: byName(findings, 'client'), server: byName(findings, 'server') }
  return conversations.all.map(({ segments }) => {
    const [first] = segments as readonly RunSegment[]
    const [client, server] =
      first!.from === 'client' ? [first!.source, first!.destination] : [first!.destination, first!.source]
    return {
      segments: segments as readonly RunSegment[],
      transitions: {
        client: lists.client.get(`${client} ${server}`)?.shift() ?? [],
        server: lists.server.get(`${server} ${client}`)?.shift() ?? [],
      },
    }
  })
}

/** The same four numbers may be used again: a list for each time. */
const byName = (findings: Findings, end: EndName): Map<string, RunTransition[][]> => {
  const all = new Map<string, RunTransition[][]>()
  for (const list of findings.connections(end)) {
    const name = list[0]!.connection
    const lists = all.get(name)
    if (lists === undefined) all.set(name, [list])
    else lists.push(list)
  }
  return all
}
