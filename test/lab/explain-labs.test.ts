/** The sentences that explain makes of the segments of a lab are held against what the ends themselves report. */
import test from 'ava'
import { Conversations } from '../../src/lab/explain/conversations.ts'
import { explain } from '../../src/lab/explain/replay.ts'
import { LABS } from '../../src/lab/labs/all.ts'
import type { EndName, Run } from '../../src/lab/recorder.ts'
import { runVirtual } from '../../src/lab/run-virtual.ts'
import type { State } from '../../src/tcp/state.ts'

/** Changes that no segment tells, unless a reset does: timeouts in silence, and calls that send nothing. */
const SILENT = new Set([
  '2MSL timeout',
  'FIN_WAIT_2 timeout',
  'retransmission timeout',
  'keep-alive timeout',
  'user timeout',
  'SYN reuses TIME_WAIT',
])

interface Path {
  readonly states: State[]
  /** It ended without a word: the segments may not show it. */
  silent: boolean
}

/** The states of each connection of an end, as its event stream has them. */
const reported = (run: Run, end: EndName): Map<string, Path[]> => {
  const all = new Map<string, Path[]>()
  for (const t of run.transitions) {
    if (t.end !== end || t.connection.endsWith('*')) continue
    const list = all.get(t.connection) ?? []
    all.set(t.connection, list)
    if (t.from === 'LISTEN' || t.from === 'CLOSED') list.push({ states: [t.from], silent: false })
    const path = list.at(-1)!
    path.states.push(t.to)
    path.silent = SILENT.has(t.event ?? '') || (t.event === 'CLOSE' && t.from === 'SYN_SENT')
  }
  return all
}

for (const lab of LABS) {
  if (lab.needsKernel !== undefined) continue
  test(`explain finds the states of ${lab.name} in its segments`, async t => {
    const { run } = await runVirtual(lab)
    const conversations = new Conversations()
    for (const segment of run.segments) conversations.add(segment)
    const seen = { client: new Map<string, State[][]>(), server: new Map<string, State[][]>() }
    for (const c of conversations.all) {
      const { transitions, ends } = explain(c)
      for (const end of [0, 1] as const) {
        const name = run.segments.find(s => s.source === c.ends[end] || s.destination === c.ends[end])!
        const which: EndName =
          (name.source === c.ends[end]) === (name.from === 'client') ? 'client' : 'server'
        const states = transitions.filter(tr => tr.end === end && tr.event !== 'passive OPEN')
        if (states.length === 0) continue
        const key = `${ends[end]} ${ends[end === 0 ? 1 : 0]}`
        const list = seen[which].get(key) ?? []
        seen[which].set(key, list)
        list.push([states[0]!.from, ...states.map(({ to }) => to)])
      }
    }
    for (const end of ['client', 'server'] as const) {
      const expected = reported(run, end)
      t.deepEqual([...seen[end].keys()].sort(), [...expected.keys()].sort())
      for (const [key, paths] of expected) {
        const shown = seen[end].get(key)!
        const states = paths.map((path, i) =>
          path.silent && path.states.length > shown[i]!.length ? path.states.slice(0, -1) : path.states,
        )
        t.deepEqual(shown, states, `${end} ${key}`)
      }
    }
  })
}
