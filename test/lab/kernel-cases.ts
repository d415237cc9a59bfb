/** Cases of kernel.test.ts. The order of things and their content is looked at, never how long they take. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { comparisonText } from '../../src/lab/compare.ts'
import { type Ends, type Experiment, experiments } from '../../src/lab/experiment.ts'
import { explainCapture } from '../../src/lab/explain/explain-capture.ts'
import { type KernelTransition, StateTrace } from '../../src/lab/kernel/state-trace.ts'
import { isSamePath, toldPaths } from '../../src/lab/kernel/told-paths.ts'
import type { Lab } from '../../src/lab/lab.ts'
import { LABS } from '../../src/lab/labs/all.ts'
import type { Stack } from '../../src/lab/real-bench.ts'
import { experimentSummary } from '../../src/lab/report.ts'
import { runReal } from '../../src/lab/run-real.ts'
import type { State } from '../../src/tcp/state.ts'
import { runCase } from '../support/namespace-case.ts'
import { seenByTshark } from '../support/tshark.ts'

const lab = (name: string): Lab => LABS.find(l => l.name === name)!

/** Runs labs with all ends; those that wait for long are for CI's `lab all`. */
const all = async (
  names: readonly string[],
  ends: readonly Ends[],
  trace: StateTrace | null,
  family: 4 | 6 = 4,
): Promise<Experiment[]> => {
  const done: Experiment[] = []
  const options = { ends: new Set(ends), trace, captures: true, family }
  for await (const one of experiments(names.map(lab), options, 3)) done.push(one)
  return done
}

/** The kernel's own word, where it is to be had. */
const tracing = async <T>(use: (trace: StateTrace | null) => Promise<T>): Promise<T> => {
  const trace = await StateTrace.start()
  if (typeof trace === 'string') {
    console.log(`no tracefs: ${trace}`)
    return use(null)
  }
  try {
    return await use(trace)
  } finally {
    await trace.close()
  }
}

const BOTH: Readonly<Record<'client' | 'server', Stack>> = { client: 'kernel', server: 'kernel' }

await runCase({
  async ipv6() {
    const names = ['handshake', 'half-close', 'refused']
    const done = await tracing(trace => all(names, ['kernel', 'mixed'], trace, 6))
    for (const one of done) {
      assert.ok(one.passes, experimentSummary(one))
      assert.equal(one.runs.length, 3)
      for (const { run } of one.runs)
        assert.ok(
          run.segments.length > 0 && run.segments.every(({ source }) => source.startsWith('[2001:2:0:')),
        )
    }
  },

  async labs() {
    const names = [
      'handshake',
      'half-close',
      'lost-last-ack',
      'write-after-close',
      'unread-close',
      'shared-descriptor',
      'refused',
    ]
    const done = await tracing(trace => all(names, ['virtual', 'kernel', 'mixed'], trace))
    assert.deepEqual(
      done.map(one => one.lab.name),
      names,
    )
    for (const one of done) {
      assert.ok(one.passes, experimentSummary(one))
      const between =
        one.lab.needsKernel === undefined
          ? ['tuntcp ↔ tuntcp', 'kernel ↔ kernel', 'kernel ↔ tuntcp', 'tuntcp ↔ kernel']
          : ['kernel ↔ kernel', 'kernel ↔ tuntcp']
      assert.deepEqual(
        one.runs.map(({ name }) => name),
        between,
      )
      assert.equal(one.comparisons.length, between.length - 1)
      for (const { comparison } of one.comparisons)
        assert.equal(comparison.defects, 0, comparisonText(comparison))
    }
  },

  async tracefs() {
    const trace = await StateTrace.start()
    if (typeof trace === 'string') throw new Error(trace)
    const told: KernelTransition[] = []
    trace.subscribe(t => told.push(t))
    for (const name of ['close-client', 'close-both', 'time-wait-restart', 'unread-close']) {
      const { captures, findings, missing, run } = await runReal(lab(name), { stacks: BOTH, trace })
      if (trace.lost > 0) {
        console.log(`SKIPPED: ${missing.join()}`)
        break
      }
      assert.equal(findings.all.filter(({ what }) => what.includes('inet_sock_set_state')).length, 2)
      for (const end of ['client', 'server'] as const) {
        // The whole way a user goes: the file, and what explain says of it.
        const { connections, error } = explainCapture(captures[end]!)
        assert.equal(error, null)
        assert.ok(connections.length > 0)
        for (const c of connections) {
          const address = run.segments.find(s => s.from === end)!.source.split(':')[0]!
          const own = c.ends[0].startsWith(`${address}:`) ? 0 : 1
          const moves = c.transitions.filter(t => t.end === own && t.event !== 'passive OPEN')
          const shown: State[] = [moves[0]!.from, ...moves.map(({ to }) => to)]
          const [path] = toldPaths(
            told.filter(t => t.local === c.ends[own] && t.remote === c.ends[own === 0 ? 1 : 0]),
          )
          assert.ok(path !== undefined, `nothing is told of ${c.ends}`)
          assert.ok(
            isSamePath(shown, path.states),
            `${name}: explain says ${shown.join(' → ')}, the kernel ${path.states.join(' → ')}`,
          )
        }
      }
    }
    await trace.close()
    const instances = '/sys/kernel/tracing/instances'
    const left = existsSync(instances) ? readdirSync(instances) : []
    assert.deepEqual(
      left.filter(name => name.startsWith(`tuntcp-${process.pid}-`)),
      [],
    )
  },

  async captures() {
    const directory = mkdtempSync(join(tmpdir(), 'tuntcp-lab-'))
    try {
      for (const { runs } of await all(['handshake', 'sequence'], ['kernel', 'mixed'], null))
        for (const run of runs)
          for (const end of ['client', 'server'] as const) {
            const bytes = run.captures[end]
            assert.ok(bytes !== undefined, `${run.lab.name} ${run.name}: ${run.missing.join()}`)
            const file = join(directory, `${run.lab.name}.${run.name.replace(' ↔ ', '-')}.${end}.pcapng`)
            writeFileSync(file, bytes)
            const seen = seenByTshark(file, true)
            assert.deepEqual(seen.faults, [], file)
            const comments = seen.comments.join('\n')
            assert.match(comments, / {2}(?:SYN_SENT|SYN_RECEIVED) → ESTABLISHED {2}/, file)
            assert.match(comments, / → (?:LAST_ACK|FIN_WAIT_1) {2}/, file)
          }
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  },

  // No kernel does this by itself: its TIME_WAITs are taken away, so that the FIN that comes again finds nobody.
  async broken() {
    const broken: Lab = {
      ...lab('lost-last-ack'),
      script: async (bench, findings) => {
        const { kernels } = bench as unknown as {
          kernels: { client: { actor: { sysctl(name: string, value: number): Promise<boolean> } } }
        }
        assert.ok(await kernels.client.actor.sysctl('net/ipv4/tcp_max_tw_buckets', 0))
        await lab('lost-last-ack').script(bench, findings)
      },
    }
    const { findings } = await runReal(broken, { stacks: { client: 'kernel', server: 'tuntcp' } })
    assert.ok(
      findings.failed.some(({ what }) => what.startsWith('the segments are')),
      'the lab stays green',
    )
  },
})
