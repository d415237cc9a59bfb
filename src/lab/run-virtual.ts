/** Runs a lab between two hosts of ours. */
import { joinedBytes } from '../base/joined-bytes.ts'
import type { TraceSink } from '../tcp/block/events.ts'
import { Capture } from '../trace/capture.ts'
import { combine } from '../trace/combine.ts'
import { type Bench, SHORT_TAIL } from './bench.ts'
import { Findings } from './findings.ts'
import type { Lab } from './lab.ts'
import type { EndName, Run } from './recorder.ts'
import { VirtualBench } from './virtual-bench.ts'

export interface LabResult {
  readonly lab: Lab
  /** The TCPs of the ends: `tuntcp ↔ tuntcp`, the client's first. */
  readonly name: string
  readonly run: Run
  readonly findings: Findings
  /** pcapng of what each end saw, where it was asked for and could be had. */
  readonly captures: Readonly<Partial<Record<EndName, Uint8Array>>>
  /** Witnesses that are missing, and the reason. */
  readonly missing: readonly string[]
  /** For how long our process stood still at most, ms: in real time timers may then fire that else would not. */
  readonly stall: number
}

export interface VirtualOptions {
  /** As if somebody waited, or (the default) as long as it takes. */
  readonly pace?: Pick<Bench, 'short' | 'patient'>
  /** True to make captures. */
  readonly captures?: boolean
  /** The version of IP between the ends; default 4. */
  readonly family?: 4 | 6
}

/** The target of a capture; the clock of a run begins at 0. */
export class CaptureInMemory {
  readonly capture: Capture
  readonly #chunks: Uint8Array[] = []

  constructor(wallClockOffset: number) {
    this.capture = new Capture(bytes => this.#chunks.push(bytes), { wallClockOffset })
  }

  end(): Uint8Array {
    this.capture.end()
    return joinedBytes(this.#chunks)
  }
}

/**
 * Plays a lab in virtual time. A script that fails is a finding, not an exception: what happened until then is what
 * one wants to see.
 * @param seed ports and initial sequence numbers follow from it
 * @param watch further readers of the ends' event streams
 */
export const runVirtual = async (
  lab: Lab,
  seed: number | string = lab.name,
  watch: Partial<Record<EndName, TraceSink>> = {},
  options: VirtualOptions = {},
): Promise<LabResult> => {
  const { pace = { short: false, patient: true }, family = 4 } = options
  const captures = options.captures
    ? { client: new CaptureInMemory(0), server: new CaptureInMemory(0) }
    : null
  const watched = (end: EndName): TraceSink | null =>
    combine([watch[end] ?? null, captures?.[end].capture.sink ?? null])
  const [client, server] = [watched('client'), watched('server')]
  const bench = new VirtualBench(
    lab.bench(pace.short),
    seed,
    { ...(client === null ? {} : { client }), ...(server === null ? {} : { server }) },
    pace,
    family,
  )
  const findings = new Findings(bench.run, { short: pace.short })
  try {
    await bench.play(b => lab.script(b, findings), pace.short ? SHORT_TAIL : lab.tail)
  } catch (error) {
    findings.that('the experiment can be carried out', false, (error as Error).message)
  }
  lab.check(findings)
  return {
    lab,
    name: 'tuntcp ↔ tuntcp',
    run: bench.run,
    findings,
    captures: captures === null ? {} : { client: captures.client.end(), server: captures.server.end() },
    missing: [],
    stall: 0,
  }
}
