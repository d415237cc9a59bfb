/** The network and the stack, as the page may set them: faults, options of new connections, captures, resets. */
import { useState } from 'preact/hooks'
import { download } from './export.ts'
import type { LiveSource } from './live-source.ts'
import { FaultFields, OptionFields } from './settings.tsx'
import type { Viewer } from './viewer.ts'

interface NetworkProps {
  readonly source: LiveSource
  readonly viewer: Viewer
}

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
      {about.can.faults ? <Faults shown={settings.faults as FaultsProps['shown']} order={order} /> : null}
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
        <OptionFields
          options={settings.options as Record<string, unknown>}
          controllers={settings.controllers}
          set={tcp => order({ do: 'options', tcp })}
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
  readonly shown: { readonly faults: Readonly<Record<string, Readonly<Record<string, unknown>>>> }
  readonly order: (
    given: { readonly do: string; readonly [name: string]: unknown },
    done?: string,
  ) => Promise<void>
}

/** The directions of a stack's link, and of a proxy's streams. */
const WAYS: Readonly<Record<string, string>> = {
  out: 'that leave',
  in: 'that come',
  upstream: 'that clients send',
  downstream: 'that come for clients',
}

const Faults = ({ shown, order }: FaultsProps) => {
  const [direction, setDirection] = useState('')
  const current = shown.faults[direction === '' ? (Object.keys(shown.faults)[0] ?? '') : direction] ?? {}
  const only = direction === '' ? {} : { direction }
  const set = (name: string, value: string | number | null) =>
    order({ do: 'set', faults: { [name]: value }, ...only })
  const cut = current.blackhole === true
  return (
    <section class="card faults">
      <h3>The network</h3>
      <label class="direction">
        packets{' '}
        <select value={direction} onChange={event => setDirection(event.currentTarget.value)}>
          <option value="">both ways</option>
          {Object.keys(shown.faults).map(way => (
            <option key={way} value={way}>
              {WAYS[way] ?? way}
            </option>
          ))}
        </select>
      </label>
      <FaultFields faults={current} set={set} />
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
