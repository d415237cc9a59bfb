/** Fields for what befalls packets, and for the options of a TCP. */
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useViewWords } from './words.ts'

const FAULTS = {
  loss: '5%',
  delay: '40ms',
  jitter: '10ms',
  rate: '1mbit',
  queue: '64KiB',
  reorder: '2%',
  duplicate: '1%',
  corrupt: '1%',
  mtu: '576',
} as const

export type FaultName = keyof typeof FAULTS

const NUMBERS = ['msl', 'minRto', 'initialRto', 'maxRto', 'delayedAck', 'finWait2Timeout'] as const
export type OptionName = (typeof NUMBERS)[number]

const SWITCHES = ['noDelay', 'sack', 'timestamps'] as const

interface FieldProps {
  readonly name: FaultName | OptionName
  readonly title: string
  /** The value that is set, as it is written. */
  readonly shown: string
  readonly hint?: string
  readonly set: (written: string) => void
  readonly numeric?: boolean
}

/** A field that shows what is set, and keeps what is being written until that is set or refused. */
const Field = ({ name, title, shown, hint, set, numeric = false }: FieldProps) => {
  const input = useRef<HTMLInputElement>(null)
  // Once it was written in, a field heeds its default no more.
  useEffect(() => {
    input.current!.value = shown
  }, [shown])
  return (
    <label>
      <span>{title}</span>
      <input
        ref={input}
        name={name}
        placeholder={hint}
        inputMode={numeric ? 'numeric' : undefined}
        class={hint === undefined || shown === '' ? '' : 'set'}
        defaultValue={shown}
        onChange={event => set(event.currentTarget.value.trim())}
      />
    </label>
  )
}

interface FaultsProps {
  /** The faults that are set, of one direction. */
  readonly faults: Readonly<Record<string, unknown>>
  /** Sets one, as it was written; null turns it off. */
  readonly set: (name: FaultName, value: string | number | null) => void
  /** Stands below a field. */
  readonly below?: (name: FaultName) => ComponentChildren
}

export const FaultFields = ({ faults, set, below }: FaultsProps) => {
  const names = useViewWords().faults
  return (
    <div class="settings">
      {Object.entries(FAULTS).map(([key, hint]) => {
        const name = key as FaultName
        return (
          <div key={name}>
            <Field
              name={name}
              title={names[name]}
              shown={String(faults[name] ?? '')}
              hint={hint}
              set={text => set(name, text === '' ? null : numberOr(text))}
            />
            {below?.(name)}
          </div>
        )
      })}
    </div>
  )
}

const numberOr = (text: string): number | string => (/^\d+$/.test(text) ? Number(text) : text)

interface OptionsProps {
  readonly options: Readonly<Record<string, unknown>>
  /** The names of the congestion controllers that there are. */
  readonly controllers: readonly string[]
  readonly set: (options: Readonly<Record<string, unknown>>) => void
  readonly can: boolean
  /** Stands below a field. */
  readonly below?: (name: OptionName) => ComponentChildren
}

export const OptionFields = ({ options, controllers, set: setAll, can, below }: OptionsProps) => {
  const names = useViewWords().options
  const set = (name: string, value: unknown) => setAll({ [name]: value })
  return (
    <fieldset class="settings" disabled={!can}>
      {NUMBERS.map(name => (
        <div key={name}>
          <Field
            name={name}
            title={names[name]}
            shown={String(options[name])}
            set={text => set(name, numberOr(text))}
            numeric
          />
          {below?.(name)}
        </div>
      ))}
      <label>
        <span>{names.congestionControl}</span>
        <select
          value={String(options.congestionControl)}
          onChange={event => set('congestionControl', event.currentTarget.value)}
        >
          {controllers.map(name => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      {SWITCHES.map(name => (
        <label key={name} class="switch">
          <input
            type="checkbox"
            checked={options[name] === true}
            onChange={event => set(name, event.currentTarget.checked)}
          />{' '}
          {names[name]}
        </label>
      ))}
    </fieldset>
  )
}
