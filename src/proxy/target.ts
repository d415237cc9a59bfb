/** Places that connections come to and go to: ports of hosts, and UNIX sockets. */
import { once } from 'node:events'
import net from 'node:net'
import { listenAtPath } from '../net/listen-at-path.ts'
import type { Refusal } from './gate.ts'
import type { Spliced } from './splice.ts'

/** A host's port, or the path of a UNIX socket. */
export type Place = { readonly host: string; readonly port: number } | { readonly path: string }

/** The port that a UNIX socket has within a tunnel, where all have one. */
const PORT_OF_PATHS = 1

const LARGEST_PORT = 65_535
/** sun_path of unix(7), less the zero at its end. */
const LONGEST_PATH = 107

/** Letters that a host's name or address may have; the resolver decides the rest. */
const HOST = /^[\p{L}\p{M}\p{N}_.:%-]*$/u

/**
 * Reads `HOST:PORT`, `[::1]:PORT`, or the path of a UNIX socket: `unix:NAME`, or what begins with `/` or `.`.
 * @param what what errors call it
 * @param host of a port alone; without one a port alone is refused
 * @param least the least port
 * @throws RangeError
 */
export const placeOf = (what: string, text: string, host: string | null, least = 1): Place => {
  const path = text.startsWith('unix:') ? text.slice(5) : /^[./]/.test(text) ? text : null
  if (path !== null) {
    if (path === '' || Buffer.byteLength(path) > LONGEST_PATH)
      throw new RangeError(
        `${what} must be the path of a UNIX socket, of at most ${LONGEST_PATH} bytes, not '${path}'`,
      )
    return { path }
  }
  const at = text.lastIndexOf(':')
  const named = at < 0 ? host : text.slice(0, at)
  const port = at < 0 && host === null ? '' : text.slice(at + 1)
  const bare = named === null ? '' : named.replace(/^\[(.*)\]$/, '$1')
  const bracketed = named !== null && bare !== named
  if (!/^\d{1,5}$/.test(port) || Number(port) < least || Number(port) > LARGEST_PORT)
    throw new RangeError(
      `${what} must be ${host === null ? '' : 'PORT, '}HOST:PORT or the path of a UNIX socket (/run/db.sock), not '${text}'`,
    )
  if (!HOST.test(bare))
    throw new RangeError(
      `${what} must be HOST:PORT, without anything before or behind, not ${JSON.stringify(text)}`,
    )
  if (!bracketed && bare.includes(':'))
    throw new RangeError(
      `${what} needs brackets around an IPv6 address, such as [::1]:${port}, not '${text}'`,
    )
  if (bare === '' || (bracketed && net.isIPv6(bare.split('%')[0]!) === false))
    throw new RangeError(`${what} has no host: it must be such as 127.0.0.1:${port}, not '${text}'`)
  return { host: bare, port: Number(port) }
}

/** As people write it. */
export const placeText = (place: Place): string => {
  if ('path' in place) return place.path
  return `${place.host.includes(':') ? `[${place.host}]` : place.host}:${place.port}`
}

const LOOPBACKS = ['127.0.0.1', '::1', 'localhost']
const ANYWHERE = ['0.0.0.0', '::']

/** Returns whether two names may be of the same address: a name is one of its addresses. */
export const sameHost = (a: string, b: string): boolean =>
  a === b || (LOOPBACKS.includes(a) && b === 'localhost')

/** Returns whether a connection to the target is one to whoever listens there. */
export const leadsTo = (target: Place, listen: Place): boolean => {
  if ('path' in listen || 'path' in target) return placeText(listen) === placeText(target)
  const isHere = sameHost(listen.host, target.host) || ANYWHERE.includes(target.host)
  return (
    listen.port === target.port &&
    (isHere || (ANYWHERE.includes(listen.host) && LOOPBACKS.includes(target.host)))
  )
}

export const portWithin = (place: Place): number => ('path' in place ? PORT_OF_PATHS : place.port)

/** Connections that wait to be accepted by the kernel. */
const BACKLOG = 4096

/** Connections that a listener has at once, unless it is told otherwise. */
export const MOST_CONNECTIONS = 10_000

/**
 * The bound of a listener's connections. Nobody can see that a target in another process, or behind a name, leads back here:
 * each connection then begets the next one, and this is where they end, before the machine does.
 */
export interface Crowd {
  /** Connections at once; one more is closed as soon as it comes. Default {@link MOST_CONNECTIONS}. */
  readonly most?: number | undefined
  /** Is told of each that was closed. */
  readonly full?: ((listen: string, most: number) => void) | undefined
}

/** A server that listens. */
export interface Listening {
  /** With the port that the kernel has chosen where none was named. */
  readonly place: Place
  /** Takes no more connections; a UNIX socket goes, unless its path is another process's by now. */
  readonly close: () => void
}

/**
 * Listens at a place; a UNIX socket that a dead process has left makes way.
 * @throws the error of listen(2)
 */
export const listenAt = async (server: net.Server, place: Place, crowd: Crowd): Promise<Listening> => {
  const { most = MOST_CONNECTIONS, full } = crowd
  server.maxConnections = most
  server.on('drop', () => full?.(placeText(place), most))
  const listen = async (): Promise<void> => {
    server.listen({ ...place, backlog: BACKLOG })
    await once(server, 'listening')
  }
  let close = (): void => void server.close()
  if ('path' in place) close = await listenAtPath(server, place.path, listen)
  else await listen()
  // A listener that fails later, for want of descriptors, goes on when there are some.
  server.on('error', () => {})
  const address = server.address()
  const named =
    typeof address === 'object' && address !== null ? { host: address.address, port: address.port } : place
  return { place: named, close }
}

/** Begins a connection of the kernel's to a place: to each of a name's addresses in turn, of both families. */
export const dial = (place: Place): Spliced =>
  net.connect({ ...place, autoSelectFamily: true, allowHalfOpen: true, noDelay: true }) as unknown as Spliced

/** Errors after which a place is there, and takes no connection. */
const REFUSED = ['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'ENOTSOCK', 'EACCES', 'EPERM', 'EMFILE', 'ENFILE']

const codesOf = (error: NodeJS.ErrnoException | AggregateError): readonly string[] => {
  const all = 'errors' in error ? (error.errors as NodeJS.ErrnoException[]) : [error]
  return all.map(({ code }) => code ?? '')
}

/** The answer of a network for a target that could not be connected. */
export const refusalOf = (error: Error): Refusal => {
  const codes = codesOf(error)
  if (codes.some(code => REFUSED.includes(code))) return 'refused'
  return codes.every(code => code === 'ETIMEDOUT') ? 'silent' : 'unreachable'
}

const messageOf = ({ code, message }: NodeJS.ErrnoException): string =>
  code === 'EMFILE' ? 'this process has no descriptor left for it (see ulimit -n)' : message

/** The message of an error; of several addresses' errors all of them. */
export const errorText = (error: Error): string =>
  'errors' in error ? (error.errors as Error[]).map(messageOf).join('; ') : messageOf(error)
