import type { Host } from '../host/host.ts'
import type { Channel } from './channel.ts'
import type { Keeper } from './keeper.ts'

/** What the face needs of a host. */
export type HostPort = Pick<Host, 'clock' | 'options' | 'connect' | 'listen'>

/** What sockets and servers of one stack share. */
export interface NetStack {
  readonly host: HostPort
  readonly keeper: Keeper
  /** Connections that the face has not seen the end of, their sockets open or not. */
  readonly channels: Set<Channel>
  readonly sockets: Set<{ destroySoon(): void; destroy(): unknown; readonly connecting: boolean }>
  readonly servers: Set<{ close(): unknown }>
}
