/** Fields for what befalls packets, and for the options of a TCP. */
import { useViewWords, type ViewWords } from './words.ts'

interface FaultField {
  readonly name: keyof ViewWords['faults']
  readonly hint: string
  /** The end of its slider, in this unit; null where there is none. */
  readonly slides: { readonly to: number; readonly unit: '%' | 'ms' } | null
}

const FAULTS: readonly FaultField[] = [
  { name: 'loss', hint: '5%', slides: { to: 50, unit: '%' } },
  { name: 'delay', hint: '40ms', slides: { to: 500, unit: 'ms' } },
  { name: 'jitter', hint: '10ms', slides: { to: 200, unit: 'ms' } },
  { name: 'rate', hint: '1mbit', slides: null },
  { name: 'queue', hint: '64KiB', slides: null },
  { name: 'reorder', hint: '2%', slides: { to: 50, unit: '%' } },
  { name: 'duplicate', hint: '1%', slides: { to: 50, unit: '%' } },
  { name: 'corrupt', hint: '1%', slides: { to: 50, unit: '%' } },
  { name: 'mtu', hint: '576', slides: null },
]

const NUMBERS = ['msl', 'minRto', 'initialRto', 'maxRto', 'delayedAck', 'finWait2Timeout'] as const
const SWITCHES = ['noDelay', 'sack', 'timestamps'] as const

interface FaultsProps {
  /** The faults that are set, of one direction. */
  readonly faults: Readonly<Record<string, unknown>>
  /** Sets one, as it was written; null turns it off. */
  readonly set: (name: string, value: string | number | null) => void
  readonly sliders?: boolean
}

export const FaultFields = ({ faults, set, sliders = false }: FaultsProps) => {
  const names = useViewWords().faults
  return (
    <div class="settings">
      {FAULTS.map(({ name, hint, slides }) => {
        const shown = String(faults[name] ?? '')
        return (
          <label key={name}>
            <span>{names[name]}</span>
            <input
              key={shown}
              name={name}
              placeholder={hint}
              class={shown === '' ? '' : 'set'}
              defaultValue={shown}
              onChange={event => {
                const text = event.currentTarget.value.trim()
                set(name, text === '' ? null : numberOr(text))
              }}
            />
            {!sliders || slides === null ? null : (
              <input
                type="range"
                aria-label={names[name]}
                aria-valuetext={shown || `0${slides.unit}`}
                min={0}
                max={slides.to}
                value={Number.parseFloat(shown) || 0}
                // The value counts when it is let go: each place on the way would be a change of its own.
                onChange={event => {
                  const { value } = event.currentTarget
                  set(name, value === '0' ? null : `${value}${slides.unit}`)
                }}
              />
            )}
          </label>
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
}

export const OptionFields = ({ options, controllers, set: setAll, can }: OptionsProps) => {
  const names = useViewWords().options
  const set = (name: string, value: unknown) => setAll({ [name]: value })
  return (
    <fieldset class="settings" disabled={!can}>
      {NUMBERS.map(name => (
        <label key={name}>
          <span>{names[name]}</span>
          <input
            key={String(options[name])}
            name={name}
            inputMode="numeric"
            defaultValue={String(options[name])}
            onChange={event => set(name, numberOr(event.currentTarget.value.trim()))}
          />
        </label>
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
