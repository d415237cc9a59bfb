import type { LinkedList } from '../base/linked-list.ts'
import type { OpenCount } from '../base/open-count.ts'
import type { Host } from '../host/host.ts'
import type { Keeper } from './keeper.ts'
import type { LookupFunction } from './lookup.ts'

/** The part of a host that the face needs. */
export type HostPort = Pick<
  Host,
  'clock' | 'options' | 'interfaces' | 'listeners' | 'report' | 'connect' | 'listen' | 'sendNow'
>

/** State that the sockets and servers of one stack share. */
export interface NetStack {
  readonly host: HostPort
  readonly keeper: Keeper
  /** Finds addresses of names where a socket or a server was given nothing else for it; default dns.lookup. */
  readonly lookup?: LookupFunction | undefined
  /** Connections that the face has not seen the end of, their sockets open or not. */
  readonly channels: OpenCount
  /** Sockets that have been connected, or are being, and are not closed. */
  readonly sockets: LinkedList<OpenSocket>
  /** Servers that listen. */
  readonly servers: LinkedList<OpenServer>
}

/** Things that a stack closes when it is closed. */
export interface OpenServer {
  close(): unknown
}

export interface OpenSocket {
  readonly connecting: boolean
  destroySoon(): void
  resetAndDestroy(): unknown
  destroy(): unknown
}
