/** The network and the stack, as the page may set them: faults, options of new connections, captures, resets. */
import { useState } from 'preact/hooks'
import { download } from './export.ts'
import type { LiveSource } from './live-source.ts'
import type { Viewer } from './viewer.ts'

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

interface NetworkProps {
  readonly source: LiveSource
  readonly viewer: Viewer
}

type Shown = Readonly<Record<string, Readonly<Record<string, unknown>>>>

export const Network = ({ source, viewer }: NetworkProps) => {
  const [said, setSaid] = useState('')
  const { about, settings } = source
  if (about === null || settings === null) return <p class="empty">Not connected yet.</p>
  const order = (given: { readonly do: string; readonly [name: string]: unknown }, done = '') =>
    source.order(given).then(
      () => setSaid(done),
      (error: Error) => setSaid(error.message),
    )
  return (
    <div class="network">
      <p class="said" role="status">
        {said}
      </p>
      {about.can.faults ? <Faults shown={settings.faults as { faults: Shown }} order={order} /> : null}
      <section class="card">
        <h3>The connection</h3>
        <div class="buttons">
          <button
            type="button"
            disabled={viewer.connection === null || viewer.connection.remote === '*'}
            onClick={() => order({ do: 'reset', ...matchOf(viewer) }, 'It was reset.')}
          >
            Reset it
          </button>
        </div>
      </section>
      <section class="card">
        <h3>New connections</h3>
        <Options
          options={settings.options as Record<string, unknown>}
          order={order}
          can={about.can.options}
        />
      </section>
      <section class="card">
        <h3>Capture</h3>
        <p class="hint">
          {settings.capture === null
            ? 'Whole packets, each with what the stack says about it, for Wireshark.'
            : `It is being written to ${settings.capture}.`}
        </p>
        <div class="buttons">
          <button type="button" onClick={() => order({ do: 'capture', on: settings.capture === null })}>
            {settings.capture === null ? 'Start a capture' : 'Stop it'}
          </button>
          {settings.captured === null ? null : (
            <button
              type="button"
              onClick={() =>
                source.capture().then(
                  blob => download('tuntcp.pcapng', blob),
                  (error: Error) => setSaid(error.message),
                )
              }
            >
              Save the last one
            </button>
          )}
        </div>
      </section>
    </div>
  )
}

const matchOf = ({ connection }: Viewer) => {
  const port = (endpoint: string) => Number(endpoint.slice(endpoint.lastIndexOf(':') + 1))
  const address = (endpoint: string) =>
    endpoint.slice(0, endpoint.lastIndexOf(':')).replace(/^\[(.*)\]$/, '$1')
  return connection === null
    ? {}
    : {
        localPort: port(connection.local),
        remotePort: port(connection.remote),
        remoteAddress: address(connection.remote),
      }
}

interface FaultsProps {
  readonly shown: { readonly faults: Shown }
  readonly order: (
    given: { readonly do: string; readonly [name: string]: unknown },
    done?: string,
  ) => Promise<void>
}

const Faults = ({ shown, order }: FaultsProps) => {
  const [direction, setDirection] = useState('')
  const current = shown.faults[direction === '' ? 'out' : direction] ?? {}
  const only = direction === '' ? {} : { direction }
  const set = (name: string, text: string) =>
    order({ do: 'set', faults: { [name]: text.trim() === '' ? null : numberOr(text.trim()) }, ...only })
  const cut = current.blackhole === true
  return (
    <section class="card faults">
      <h3>The network</h3>
      <label class="direction">
        packets{' '}
        <select value={direction} onChange={event => setDirection(event.currentTarget.value)}>
          <option value="">both ways</option>
          <option value="out">that leave</option>
          <option value="in">that come</option>
        </select>
      </label>
      <div class="settings">
        {FAULTS.map(({ name, title, hint }) => (
          <label key={name}>
            <span>{title}</span>
            <input
              key={String(current[name] ?? '')}
              name={name}
              placeholder={hint}
              class={current[name] === undefined ? '' : 'set'}
              defaultValue={String(current[name] ?? '')}
              onChange={event => set(name, event.currentTarget.value)}
            />
          </label>
        ))}
      </div>
      <div class="buttons">
        <button
          type="button"
          aria-pressed={cut}
          onClick={() => order({ do: cut ? 'heal' : 'partition', ...only })}
        >
          {cut ? 'Plug it in again' : 'Unplug it'}
        </button>
        {['SYN', 'ACK', 'FIN', 'RST'].map(flag => (
          <button
            key={flag}
            type="button"
            onClick={() =>
              order({ do: 'drop-next', flags: [flag], ...only }, `The next ${flag} will be lost.`)
            }
          >
            Lose the next {flag}
          </button>
        ))}
        <button
          type="button"
          onClick={() =>
            order({ do: 'drop-next', data: true, ...only }, 'The next segment with text will be lost.')
          }
        >
          Lose the next text
        </button>
        <button type="button" onClick={() => order({ do: 'clear' }, 'All is well again.')}>
          Heal everything
        </button>
      </div>
    </section>
  )
}

const numberOr = (text: string): number | string => (/^\d+$/.test(text) ? Number(text) : text)

interface OptionsProps {
  readonly options: Readonly<Record<string, unknown>>
  readonly order: FaultsProps['order']
  readonly can: boolean
}

const Options = ({ options, order, can }: OptionsProps) => {
  const set = (name: string, value: unknown) => order({ do: 'options', tcp: { [name]: value } })
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
