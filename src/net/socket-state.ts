/** The state of a socket, which its parts share; by symbols, because a user's subclass may have any name for its own. */
import type { BlockList } from 'node:net'
import { Duplex } from 'node:stream'
import { put } from '../base/bits.ts'
import type { TcpOptions } from '../tcp/block/options.ts'
import type { Channel } from './channel.ts'
import type { NetStack } from './host-port.ts'
import type { IdleTimer } from './idle-timer.ts'
import type { Opening } from './opening.ts'
import type { WriteEntry } from './outgoing-writes.ts'
import type { WriteCallback } from './sending.ts'
import type { SessionHandle } from './session-handle.ts'
import { NO_SETTINGS } from './socket-options.ts'
import type { UserBuffer } from './user-buffer.ts'

/** Between the socket and its connection, from connect() on. */
export const CHANNEL = Symbol('channel')
/** The stack that a socket uses; null as long as it was given none. */
export const STACK = Symbol('stack')
/** Counts the time in which nothing happens. */
export const IDLE = Symbol('idle')
/** State that few sockets have, or only for a while: {@link RareState}. */
export const RARE = Symbol('rare')
const FLAGS = Symbol('flags')

/** The flag of a socket that keeps the process alive (ref, unref). */
export const REFERENCED = 1
/** Its writers lend their chunks. */
export const LENDS = 2
/** Its reader is a fair one. */
export const READS_FAIRLY = 4
/** It is destroyed by a RST. */
export const RESETTING = 8
/** It has told its reader of the peer's end. */
export const PEER_ENDED = 16
/** The reader has asked before there was a connection. */
export const READ_ASKED = 32

export interface PendingWrite {
  readonly entries: readonly WriteEntry[]
  /** Writes it now. */
  write(): void
}

class RareState {
  /** Data that was written while connecting. */
  pending: PendingWrite | null = null
  /** Settings of the TCP that were asked for before there was a connection. */
  settings: Partial<TcpOptions> = NO_SETTINGS
  /** The time that an end may take once the socket is destroyed, ms; null for the stack's default. */
  linger: number | null = null
  /** Until the connection is established. */
  opening: Opening | null = null
  /** Addresses that it does not connect to. */
  blockList: BlockList | null = null
  /** The end of writing waits for the connection. */
  final: WriteCallback | null = null
  /** The reader's memory, in the place of the stream's. */
  userBuffer: UserBuffer | null = null
  /** A session of HTTP/2's. */
  session: SessionHandle | null = null
}

/** Shared by all sockets that have none. Nothing ever changes it. */
const NO_RARE_STATE: Readonly<RareState> = new RareState()

export abstract class SocketState extends Duplex {
  /** From connect() until the connection is established. */
  connecting = false
  /** The addresses that were tried when the name had several. */
  declare autoSelectFamilyAttemptedAddresses: string[] | undefined;
  /** @internal */
  [CHANNEL]: Channel | null = null;
  /** @internal */
  [STACK]: NetStack | null = null;
  /** @internal */
  [IDLE]: IdleTimer<SocketState> | null = null;
  /** @internal */
  [RARE]: Readonly<RareState> = NO_RARE_STATE;
  /** @internal */
  [FLAGS] = REFERENCED
}

export const hasFlag = (socket: SocketState, flag: number): boolean => (socket[FLAGS] & flag) !== 0

export const setFlag = (socket: SocketState, flag: number, on: boolean): void => {
  socket[FLAGS] = put(socket[FLAGS], flag, on)
}

/** Changes a part of the state under {@link RARE}. */
export const setRare = <K extends keyof RareState>(
  socket: SocketState,
  name: K,
  value: RareState[K],
): void => {
  if (socket[RARE][name] === value) return
  if (socket[RARE] === NO_RARE_STATE) socket[RARE] = new RareState()
  ;(socket[RARE] as RareState)[name] = value
}
