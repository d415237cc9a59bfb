/** The network and the TCPs of an experiment, as one may set them. */
import { useState } from 'preact/hooks'
import { DEFAULT_TCP_OPTIONS, tcpOptions } from '../../tcp/block/options.ts'
import { congestionControls } from '../../tcp/congestion/registry.ts'
import { FaultFields, type FaultName, OptionFields, type OptionName } from '../../view/page/settings.tsx'
import { useViewWords } from '../../view/page/words.ts'
import { useSpeech } from '../../view/parts/speech.ts'
import {
  type Action,
  type Direction,
  LOSABLE,
  PLAN_FAULTS,
  type Plan,
  type PlanFaults,
  type PlanOptions,
  type Which,
} from '../experiment/plan.ts'
import { useWords } from '../words/words.ts'
import { faultText, readFault } from './fault-text.ts'
import type { Session } from './session.ts'
import { FAULT_STOPS, OPTION_STOPS, Slider } from './slider.tsx'

interface ControlsProps {
  readonly session: Session
  readonly act: (action: Action, done?: string) => void
  readonly open: (plan: Plan) => void
  readonly say: (text: string) => void
}

export const Controls = (props: ControlsProps) => (
  <div class="network">
    <Path {...props} />
    <Options {...props} />
    <Network {...props} />
  </div>
)

/** The value that turns everything off. */
const HEALED: PlanFaults = Object.fromEntries(PLAN_FAULTS.map(name => [name, null]))

const Path = ({ session, act, say }: ControlsProps) => {
  const w = useWords().experiment
  const speech = useSpeech()
  const [direction, setDirection] = useState<Direction | ''>('')
  const only = direction === '' ? null : direction
  const faults = session.standing.faults[only ?? 'out']
  const names = useViewWords().faults
  const set = (name: FaultName, written: string | number | null) => {
    try {
      const read = written === null ? null : readFault(name, written)
      act({ do: 'faults', faults: { [name]: read }, direction: only })
    } catch (error) {
      say(speech.say((error as Error).message))
    }
  }
  const texts = Object.fromEntries(Object.entries(faults).map(([name, v]) => [name, faultText(name, v)]))
  return (
    <section class="card faults" aria-label={w.path}>
      <h3>{w.path}</h3>
      <label class="direction">
        {w.direction}{' '}
        <select
          value={direction}
          onChange={event => setDirection(event.currentTarget.value as Direction | '')}
        >
          {(['', 'out', 'in'] as const).map(each => (
            <option key={each} value={each}>
              {w.directions[each]}
            </option>
          ))}
        </select>
      </label>
      <FaultFields
        faults={texts}
        set={set}
        below={name => (
          <Slider
            name={names[name]}
            stops={FAULT_STOPS[name]}
            value={typeof faults[name] === 'number' ? faults[name] : null}
            text={texts[name] ?? w.off}
            canBeOff
            set={value => set(name, value)}
          />
        )}
      />
      <label class="hint">
        <input
          type="checkbox"
          checked={faults.icmp !== false}
          onChange={event =>
            act({
              do: 'faults',
              faults: { icmp: event.currentTarget.checked ? null : false },
              direction: only,
            })
          }
        />{' '}
        {w.icmp}
      </label>
      <div class="buttons">
        {LOSABLE.map(what => (
          <button
            key={what}
            type="button"
            onClick={() => act({ do: 'lose next', what, direction: only }, w.willBeLost(w.losable[what]))}
          >
            {w.lose} {w.losable[what]}
          </button>
        ))}
        <button type="button" onClick={() => act({ do: 'faults', faults: HEALED, direction: null })}>
          {w.heal}
        </button>
      </div>
    </section>
  )
}

const Options = ({ session, act, say }: ControlsProps) => {
  const words = useWords()
  const w = words.experiment
  const speech = useSpeech()
  const [host, setHost] = useState<Which | null>(null)
  const set = (tcp: Readonly<Record<string, unknown>>) => {
    try {
      tcpOptions(tcp as PlanOptions)
      if (Object.values(tcp).some(value => typeof value === 'number' && !Number.isInteger(value)))
        throw new RangeError('whole numbers only')
      act({ do: 'options', tcp: tcp as PlanOptions, host })
    } catch (error) {
      say(speech.say((error as Error).message))
    }
  }
  const names = useViewWords().options
  const options = { ...DEFAULT_TCP_OPTIONS, ...session.standing.hosts[host ?? 0].tcp }
  const msOf = (name: OptionName) => Number(options[name])
  return (
    <section class="card" aria-label={w.options}>
      <h3>{w.options}</h3>
      <label class="direction">
        {w.optionsOf}{' '}
        <select
          value={String(host)}
          onChange={event =>
            setHost(event.currentTarget.value === 'null' ? null : event.currentTarget.value === '0' ? 0 : 1)
          }
        >
          <option value="null">{w.bothHosts}</option>
          <option value="0">{words.hosts[0]}</option>
          <option value="1">{words.hosts[1]}</option>
        </select>
      </label>
      <OptionFields
        options={options}
        controllers={congestionControls()}
        set={set}
        can
        below={name => (
          <Slider
            name={names[name]}
            stops={OPTION_STOPS[name]}
            value={msOf(name)}
            text={`${msOf(name)} ms`}
            set={value => set({ [name]: value })}
          />
        )}
      />
    </section>
  )
}

const Network = ({ session, open }: ControlsProps) => {
  const w = useWords().experiment
  const { plan } = session.experiment
  return (
    <section class="card" aria-label={w.network}>
      <h3>{w.network}</h3>
      <div class="settings">
        <label>
          <span>{w.seed}</span>
          <input
            type="number"
            min={0}
            max={Number.MAX_SAFE_INTEGER}
            value={plan.seed}
            onChange={event => {
              const seed = event.currentTarget.valueAsNumber
              if (Number.isSafeInteger(seed) && seed >= 0) open({ ...plan, seed })
            }}
          />
        </label>
        <label>
          <span>{w.family}</span>
          <select
            value={String(plan.family)}
            onChange={event => open({ ...plan, family: event.currentTarget.value === '6' ? 6 : 4 })}
          >
            <option value="4">IPv4</option>
            <option value="6">IPv6</option>
          </select>
        </label>
        <label class="switch">
          <input
            type="checkbox"
            checked={plan.router}
            onChange={event => open({ ...plan, router: event.currentTarget.checked })}
          />{' '}
          {w.router}
        </label>
        <label class="switch">
          <input
            type="checkbox"
            checked={plan.bound === true}
            onChange={event => open({ ...plan, bound: event.currentTarget.checked })}
          />{' '}
          {w.bound}
        </label>
      </div>
    </section>
  )
}
