/**
 * Two ends that tell each other their streams, with any kind of ECN, over paths that do what they like to what belongs to ECN
 * (RFC 9768); and what they must come to.
 */
import type { PathOptions } from '../../src/link/path/options.ts'
import type { ConnectionView } from '../../src/tcp/block/connection-view.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { setUser } from '../../src/tcp/calls.ts'
import { parseAddress } from '../../src/wire/address.ts'
import { B, B6, pattern, Streamer, twoHosts } from './two-hosts.ts'

export const BYTES = 60_000
const says = pattern(BYTES, 1)
const hears = pattern(BYTES, 2)
/** The kinds of the AccECN option. */
export const ACCECN = [172, 174]

/** Two ends, and the ways between them. */
export interface Run {
  readonly seed: number
  readonly ipv6: boolean
  readonly client: TcpOptions['ecn']
  readonly server: TcpOptions['ecn']
  readonly option: TcpOptions['accEcnOption']
  readonly sack: boolean
  readonly there: PathOptions
  readonly back: PathOptions
}

export type Mode = 'none' | 'classic' | 'accurate'

export const modeOf = ({ ecn }: ConnectionView): Mode =>
  ecn.accurate !== null ? 'accurate' : ecn.on ? 'classic' : 'none'

/** Two ends tell each other their streams over such a path. */
export const talk = (run: Run): { client: Streamer; server: Streamer } => {
  const { seed, there, back, option, sack } = run
  const delay = 5
  const common = { accEcnOption: option, sack, timestamps: sack }
  const { network, clock, a, b, paths } = twoHosts(seed, { delay })
  paths[0].options = { delay, ...there }
  paths[1].options = { delay, ...back }
  let server: Streamer | undefined
  const listener = b.listen(
    parseAddress('::'),
    80,
    {
      acceptable: () => {
        const c = listener.accept()
        if (c === null) return
        server = new Streamer(c, hears, says)
        setUser(c, server)
        if (c.receiveQueue.length > 0) server.readable()
      },
    },
    { options: { ecn: run.server, ...common } },
  )
  let client: Streamer | undefined
  const later = {
    established: () => client?.established(),
    readable: () => client?.readable(),
    writable: () => client?.writable(),
    closed: (error: string | null) => client?.closed(error),
  }
  const c = a.connect(run.ipv6 ? B6 : B, 80, later, { options: { ecn: run.client, ...common } })
  client = new Streamer(c, says, hears)
  network.guard(() => clock.run())
  if (server === undefined) throw new Error('the connection was never accepted')
  return { client, server }
}

export const must = (condition: boolean, what: string): void => {
  if (!condition) throw new Error(what)
}

/** True where every packet arrives, once and in order. */
export const isQuiet = ({ loss = 0, duplicate = 0, reorder = 0 }: PathOptions): boolean =>
  loss === 0 && duplicate === 0 && reorder === 0

/** The modes of client and server where no segment of the handshake is lost. */
export const expectedModes = ({ client, server, there, back }: Run): readonly [Mode, Mode] => {
  const takes = server.startsWith('accurate')
  let asks: Mode =
    client === 'accurate' ? 'accurate' : client === 'on' || client === 'accurate-classic' ? 'classic' : 'none'
  if (there.ecnFlags === 'clear') asks = 'none'
  if (there.ecnFlags === 'clear-ae' && asks === 'accurate') asks = 'classic'
  const agreed =
    asks === 'none' || server === 'off' ? 'none' : asks === 'accurate' && takes ? asks : 'classic'
  // The server has agreed, and the client does not hear of it.
  if (back.ecnFlags === 'clear') return ['none', agreed]
  // AE is a part of the answer: without it another field of the SYN is told, or nothing.
  if (back.ecnFlags === 'clear-ae' && agreed === 'accurate') {
    const field = there.ecnField ?? 'not-ect'
    return [field === 'ect0' ? 'none' : 'accurate', 'accurate']
  }
  return [agreed, agreed]
}

/** No count of the sender is above that of the receiver of its packets. */
export const countsAreTrue = (
  name: string,
  sender: ConnectionView,
  receiver: ConnectionView,
  acks: PathOptions,
) => {
  const s = sender.ecn.accurate?.s
  const r = receiver.ecn.accurate?.r
  if (s === undefined || r === undefined) return
  must(s.ceb <= r.ceb && s.e0b <= r.e0b && s.e1b <= r.e1b, `${name}: bytes ${JSON.stringify([s, r])}`)
  // A field whose bits are cleared on the way is no count any more; one that may have wrapped is taken at its worst.
  if (acks.ecnFlags === undefined && sender.ecn.accurate!.certain)
    must(s.cep <= r.cep, `${name}: packets ${s.cep} of ${r.cep}`)
}
