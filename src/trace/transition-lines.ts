import type { ConnectionId, TransitionEvent } from '../tcp/block/events.ts'
import type { State } from '../tcp/state.ts'
import { connectionText, endpointText, transitionTail } from './transition-text.ts'

/** Connections whose names are remembered, by their ports: a power of two. */
const REMEMBERED = 256

/** The names of a connection, as they stand in a line. */
interface Names {
  readonly id: ConnectionId
  readonly fields: string
  readonly text: string
}

/** The part that a kind of transition adds behind the names in the fields, and in the message. */
interface Kind {
  readonly event: string
  readonly section: string
  readonly cause: string
  readonly fields: string
  readonly text: string
}

/** JSON of text, without its quotes. */
const inner = (text: string): string => JSON.stringify(text).slice(1, -1)

const isSame = (a: ConnectionId, b: ConnectionId): boolean =>
  a.remotePort === b.remotePort &&
  a.localPort === b.localPort &&
  a.remoteAddress === b.remoteAddress &&
  a.localAddress === b.localAddress &&
  a.active === b.active

/**
 * Transitions as lines of JSON, as pino would write them. They are most of what a busy server logs, and are made of few
 * parts, which are remembered: a line costs an eighth of pino's time.
 */
export class TransitionLines {
  readonly #names: (Names | undefined)[] = new Array(REMEMBERED)
  readonly #kinds = new Map<State, Map<State, Kind[]>>()

  /** The line of an event at a time in ms, with its end. */
  line(e: TransitionEvent, now: number): string {
    const names = this.#namesOf(e.connection)
    const kind = this.#kindOf(e)
    return `{"level":"info","time":${now}${names.fields}${kind.fields},"msg":"${names.text}${kind.text}"}\n`
  }

  #namesOf(id: ConnectionId): Names {
    const at = (id.remotePort ^ id.localPort) & (REMEMBERED - 1)
    const known = this.#names[at]
    if (known !== undefined && isSame(known.id, id)) return known
    const { localAddress, localPort, remoteAddress, remotePort, active } = id
    const remote = remotePort === 0 ? '' : `,"remote":"${endpointText(remoteAddress, remotePort)}"`
    const names = {
      // A copy: the connection itself must not live for its name.
      id: { localAddress, localPort, remoteAddress, remotePort, active },
      fields: `,"local":"${endpointText(localAddress, localPort)}"${remote}`,
      text: connectionText(id),
    }
    this.#names[at] = names
    return names
  }

  #kindOf(e: TransitionEvent): Kind {
    const { from, to, event, section, cause } = e
    const kinds = this.#kindsOf(from, to)
    for (const kind of kinds)
      if (kind.event === event && kind.section === section && kind.cause === cause) return kind
    const fields = JSON.stringify({ from, to, event, section, cause })
    const kind = { event, section, cause, fields: `,${fields.slice(1, -1)}`, text: inner(transitionTail(e)) }
    kinds.push(kind)
    return kind
  }

  #kindsOf(from: State, to: State): Kind[] {
    const ways = this.#kinds.get(from) ?? new Map<State, Kind[]>()
    const kinds = ways.get(to) ?? []
    if (kinds.length === 0) {
      this.#kinds.set(from, ways)
      ways.set(to, kinds)
    }
    return kinds
  }
}
