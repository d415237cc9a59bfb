import type { Connection } from './connection.ts'

/** Members that act on a connection: for the TCP itself. */
type Acts = 'transition' | 'wake' | 'arm' | 'disarm' | 'taken' | 'env' | `own${string}`

type View<T> = T extends string | ((...args: never[]) => unknown) ? T : T extends object ? Readonly<T> : T

/**
 * A connection as everybody sees it but the TCP itself and its host: to be read, and to be handed to the user's calls
 * (calls.ts), which alone change something.
 */
export type ConnectionView = { readonly [K in Exclude<keyof Connection, Acts>]: View<Connection[K]> }

/** The control block behind a view: for the calls. */
export const blockOf = (view: ConnectionView): Connection => view as Connection
