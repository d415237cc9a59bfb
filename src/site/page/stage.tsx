/** The two hosts, and what their programs may do. */
import { useState } from 'preact/hooks'
import { peerOf } from '../../view/model/connection-story.ts'
import type { ViewConnection } from '../../view/model/history.ts'
import { type Action, type Call, type HostActionName, MOST_BYTES, type Which } from '../experiment/plan.ts'
import { useWords } from '../words/words.ts'
import type { Session } from './session.ts'

interface StageProps {
  readonly session: Session
  readonly act: (action: Action) => void
}

/** Both ends of the connection that is looked at, as far as they exist at the moment that is shown. */
const endsOf = ({ viewer }: Session): readonly [ViewConnection | null, ViewConnection | null] => {
  const c = viewer.connection
  if (c === null || c.remote === '*') return [null, null]
  const peer = peerOf(viewer.history, c)
  const [client, server] = c.host === 0 ? [c, peer] : [peer, c]
  const shown = (end: ViewConnection | null) => ((end?.shown?.state ?? null) === null ? null : end)
  return [shown(client), shown(server)]
}

export const Stage = ({ session, act }: StageProps) => {
  const ends = endsOf(session)
  return (
    <div class="stage">
      <HostCard session={session} act={act} which={0} end={ends[0]} />
      <HostCard session={session} act={act} which={1} end={ends[1]} />
    </div>
  )
}

interface HostProps extends StageProps {
  readonly which: Which
  readonly end: ViewConnection | null
}

const HostCard = ({ session, act, which, end }: HostProps) => {
  const words = useWords()
  const w = words.experiment
  const [bytes, setBytes] = useState(which === 0 ? 1000 : 20_000)
  const { listening, crashed, unplugged, idle } = session.standing.hosts[which]
  const number = session.connection
  const name = words.hosts[which]!
  const host = (what: HostActionName) => () => act({ do: what, host: which })
  const call = (what: Call) => () => act({ do: what, host: which, connection: number! })
  const none = crashed || end === null || number === null
  const reads = number === null || !idle.has(number)
  return (
    <section class={`host${crashed ? ' crashed' : ''}`} aria-label={name}>
      <h2>
        {name}
        <span class="of">
          {crashed ? (
            <b>{w.down}</b>
          ) : end === null ? (
            w.none
          ) : (
            <>
              {w.connection(number! + 1)} <b class={`pill s-${end.shown!.state}`}>{end.shown!.state}</b>
            </>
          )}
        </span>
      </h2>
      <div class="buttons">
        <button type="button" disabled={crashed} onClick={host(listening ? 'stop listening' : 'listen')}>
          {listening ? w.stopListening : w.listen}
        </button>
        <button type="button" disabled={crashed} onClick={host('connect')}>
          {w.connect}
        </button>
        <form
          class="send"
          onSubmit={event => {
            event.preventDefault()
            if (!none) act({ do: 'send', host: which, connection: number, bytes })
          }}
        >
          <button type="submit" disabled={none}>
            {w.send}
          </button>
          <input
            type="number"
            aria-label={w.bytes}
            min={1}
            max={MOST_BYTES}
            step={1}
            required
            value={bytes}
            onInput={event => {
              const value = event.currentTarget.valueAsNumber
              if (Number.isInteger(value) && value >= 1 && value <= MOST_BYTES) setBytes(value)
            }}
          />
        </form>
        <button type="button" disabled={none} onClick={call('shutdown')}>
          {w.shutdown}
        </button>
        <button type="button" disabled={none} onClick={call('close')}>
          {w.close}
        </button>
        <button type="button" disabled={none} onClick={call('abort')}>
          {w.abort}
        </button>
        <button type="button" disabled={none} onClick={call(reads ? 'stop reading' : 'read')}>
          {reads ? w.stopReading : w.read}
        </button>
        <button type="button" onClick={host(crashed ? 'reboot' : 'crash')}>
          {crashed ? w.reboot : w.crash}
        </button>
        <button type="button" aria-pressed={unplugged} onClick={host(unplugged ? 'plug' : 'unplug')}>
          {unplugged ? w.plug : w.unplug}
        </button>
      </div>
    </section>
  )
}
