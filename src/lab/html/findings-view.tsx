/** Everything that a run must show, and whether it does. */
import { useSpeech } from '../../view/parts/speech.ts'
import type { Findings } from '../findings.ts'

interface FindingsProps {
  /** The TCPs of the two ends. */
  readonly name: string
  readonly findings: Pick<Findings, 'all' | 'failed'>
  /** Shown in full even when all of it holds. */
  readonly open?: boolean
  /** The verdict in words: how many hold, of how many. */
  readonly says?: (holds: number, all: number) => string
}

const verdictOf = (holds: number, all: number): string =>
  holds === all ? `shows what it must (${all} checks)` : `${all - holds} of ${all} checks fail`

export const FindingsView = ({ name, findings, open = false, says = verdictOf }: FindingsProps) => {
  const { say } = useSpeech()
  const all = findings.all.length
  const failed = findings.failed.length
  return (
    <details open={open || failed > 0}>
      <summary>
        <span class={`verdict ${failed === 0 ? 'good' : 'bad'}`}>
          {failed === 0 ? '✓' : '✗'} {name}: {says(all - failed, all)}
        </span>
      </summary>
      <ul class="findings">
        {findings.all.map((f, i) => (
          <li key={i} class={f.holds ? 'holds' : 'fails'}>
            {f.holds ? '✓' : '✗'} {say(f.what)}
            {f.difference === '' ? null : <small>{say(f.difference)}</small>}
          </li>
        ))}
      </ul>
    </details>
  )
}
