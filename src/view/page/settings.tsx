/** Fields for what befalls packets, and for the options of a TCP. */
interface FaultField {
  readonly name: string
  readonly title: string
  readonly hint: string
}

const FAULTS: readonly FaultField[] = [
  { name: 'loss', title: 'Loss', hint: '5%' },
  { name: 'delay', title: 'Delay', hint: '40ms' },
  { name: 'jitter', title: 'Jitter', hint: '10ms' },
  { name: 'rate', title: 'Rate', hint: '1mbit' },
  { name: 'queue', title: 'Queue', hint: '64KiB' },
  { name: 'reorder', title: 'Reordering', hint: '2%' },
  { name: 'duplicate', title: 'Duplication', hint: '1%' },
  { name: 'corrupt', title: 'Corruption', hint: '1%' },
  { name: 'mtu', title: 'MTU', hint: '576' },
]

const OPTIONS: readonly (readonly [name: string, title: string, hint: string])[] = [
  ['msl', 'MSL, ms', 'half of TIME_WAIT'],
  ['minRto', 'least RTO, ms', 'RFC 6298 has 1000'],
  ['initialRto', 'first RTO, ms', ''],
  ['delayedAck', 'delayed ACK, ms', ''],
  ['finWait2Timeout', 'FIN_WAIT_2, ms', ''],
]

const SWITCHES: readonly (readonly [name: string, title: string])[] = [
  ['noDelay', 'without Nagle'],
  ['sack', 'SACK'],
  ['timestamps', 'timestamps'],
]

const CONTROLLERS = ['cubic', 'reno', 'bbr', 'bbr1']

interface FaultsProps {
  /** The faults that are set, of one direction. */
  readonly faults: Readonly<Record<string, unknown>>
  /** Sets one, as it was written; null turns it off. */
  readonly set: (name: string, value: string | number | null) => void
}

export const FaultFields = ({ faults, set }: FaultsProps) => (
  <div class="settings">
    {FAULTS.map(({ name, title, hint }) => (
      <label key={name}>
        <span>{title}</span>
        <input
          key={String(faults[name] ?? '')}
          name={name}
          placeholder={hint}
          class={faults[name] === undefined ? '' : 'set'}
          defaultValue={String(faults[name] ?? '')}
          onChange={event => {
            const text = event.currentTarget.value.trim()
            set(name, text === '' ? null : numberOr(text))
          }}
        />
      </label>
    ))}
  </div>
)

const numberOr = (text: string): number | string => (/^\d+$/.test(text) ? Number(text) : text)

interface OptionsProps {
  readonly options: Readonly<Record<string, unknown>>
  readonly set: (options: Readonly<Record<string, unknown>>) => void
  readonly can: boolean
}

export const OptionFields = ({ options, set: setAll, can }: OptionsProps) => {
  const set = (name: string, value: unknown) => setAll({ [name]: value })
  return (
    <fieldset class="settings" disabled={!can}>
      {OPTIONS.map(([name, title, hint]) => (
        <label key={name} title={hint}>
          <span>{title}</span>
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
        <span>congestion control</span>
        <select
          value={String(options.congestionControl)}
          onChange={event => set('congestionControl', event.currentTarget.value)}
        >
          {CONTROLLERS.map(name => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      {SWITCHES.map(([name, title]) => (
        <label key={name} class="switch">
          <input
            type="checkbox"
            checked={options[name] === true}
            onChange={event => set(name, event.currentTarget.checked)}
          />{' '}
          {title}
        </label>
      ))}
    </fieldset>
  )
}
