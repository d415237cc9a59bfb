/** The bench that a lab is written against: two ends and the network between them, whatever TCP the ends have. */
import type { PathOptions } from '../link/path/options.ts'
import type { ErrorCode } from '../tcp/block/error.ts'
import type { TcpOptions } from '../tcp/block/options.ts'
import type { State } from '../tcp/state.ts'
import type { EndName, Run } from './recorder.ts'

/** A kernel's calls are made by another process. */
export type Awaitable<T> = T | Promise<T>

/** An application's end of one connection. */
export interface Wire {
  /** Bytes that its application has read. */
  readonly received: number
  /** True when what it has read is what the other side has sent, byte by byte. */
  readonly intact: boolean
  /** True when it has read to the end: 0 bytes. */
  readonly ended: boolean
  /** The error that its application was told; null while all is well. */
  readonly error: ErrorCode | null
  /** True when its TCP has done with it. */
  readonly gone: boolean
  /** True when its handshake has been completed. */
  readonly connected: boolean
  /** The ports of the connection, to tell it from others. */
  readonly localPort: number
  /** Sends the next `bytes` of its stream. @returns the error of the call, or null */
  write(bytes: number): Awaitable<ErrorCode | null>
  /** Closes its sending direction: shutdown(SHUT_WR). */
  shutdown(): Awaitable<void>
  /** Lets go of it: close(2). */
  close(): Awaitable<void>
  /** Stops or begins to read. It reads from the beginning, unless it was opened with `reading: false`. */
  read(on: boolean): Awaitable<void>
  /** Calls that only a kernel has: more than one descriptor of a connection. */
  descriptor?(call: DescriptorCall): Promise<void>
}

/**
 * `dup` makes a second descriptor of the socket, `closeFirst` closes the first, `marker` makes a socket pair and closes
 * one of its ends, `dup2` puts the other in the place of the socket's last descriptor.
 */
export type DescriptorCall = 'dup' | 'closeFirst' | 'marker' | 'dup2'

export interface WireOptions {
  readonly reading?: boolean
  /** Its application closes as soon as it reads the end, in the same breath. */
  readonly closesAtEnd?: boolean
  /** Options of the TCP that a lab depends on. */
  readonly tcp?: Partial<TcpOptions>
  readonly localPort?: number
}

export interface DoorOptions extends WireOptions {
  /** SO_REUSEADDR; by default on. */
  readonly reuseAddress?: boolean
}

/** A listening socket. */
export interface Door {
  /** Connections in the order in which they were accepted. */
  readonly accepted: readonly Wire[]
  close(): Awaitable<void>
}

export interface End {
  readonly name: EndName
  /** @returns the door, or the error of the call */
  listen(port: number, options?: DoorOptions): Awaitable<Door | ErrorCode>
  /** @returns the connection, or the error of the call (those that come later are the connection's) */
  connect(port: number, options?: WireOptions): Awaitable<Wire | ErrorCode>
  /** Says in the log what its application does. */
  note(text: string): void
  /** The states of its connections and listeners, oldest first. */
  states(): Awaitable<State[]>
}

export interface Bench {
  readonly client: End
  readonly server: End
  /** The events so far. */
  readonly run: Run
  /** ms since the beginning */
  readonly now: number
  /** Somebody waits: time is real, or as short as if it were. Timers are set accordingly, see the lab's bench. */
  readonly short: boolean
  /** To wait also for what no kernel shortens: its TIME_WAIT of a minute. */
  readonly patient: boolean
  /** Changes what packets meet, both ways or in one direction. */
  change(options: PathOptions, from?: EndName): void
  /** Lets time pass. */
  after(ms: number): Promise<void>
  /** Waits until it holds. @throws Error naming `what` when nothing is left that could bring it about */
  until(what: string, condition: () => boolean): Promise<void>
}

/** The set-up of a bench. */
export interface BenchOptions {
  /** The options of both paths. */
  readonly path: PathOptions
  readonly client?: Partial<TcpOptions>
  readonly server?: Partial<TcpOptions>
  /** Ephemeral ports of the client, from and to. */
  readonly ports?: readonly [number, number]
}

/** After a script that is played as if somebody waited: how long what is still under way may take, ms. */
export const SHORT_TAIL = 300

/**
 * The options of both sides in real time unless a lab says otherwise. A machine may stand still for a while: timers of less
 * than a second (RFC 6298 §2.4 has none) would fire where nothing was lost.
 */
export const SHORT_TIMERS: Partial<TcpOptions> = { minRto: 1000, synRetries: 6, tailLossProbe: false }

/** A door or a connection that had to open. @throws Error with the code when it did not */
export const opened = async <T extends object>(call: Awaitable<T | ErrorCode>): Promise<T> => {
  const what = await call
  if (typeof what === 'string') throw new Error(`the call failed with ${what}`)
  return what
}

/** The way in which {@link connected} listens and connects. */
export interface Opening {
  /** Default 80. */
  readonly port?: number
  readonly client?: WireOptions
  readonly server?: DoorOptions
}

/** The server listens, the client connects, and the handshake is done: the door, and the connection at both ends. */
export const connected = async (
  bench: Bench,
  { port = 80, client, server }: Opening = {},
): Promise<{ readonly door: Door; readonly wire: Wire; readonly served: Wire }> => {
  const door = await opened(bench.server.listen(port, server))
  const wire = await opened(bench.client.connect(port, client))
  await bench.until('the handshake', () => wire.connected && door.accepted.length > 0)
  return { door, wire, served: door.accepted[0]! }
}
