import { once } from 'node:events'
import type { Server } from '../../net/server.ts'
import type { Stack } from '../../net/stack.ts'

export interface Service {
  readonly name: string
  /** Its port by custom. */
  readonly port: number
  readonly help: string
  /** Listens on all addresses of the stack. Fails as listen does. */
  start(stack: Stack, port: number): Promise<void>
}

/** Peers come and go, and reset connections: no reason for a service to end. */
export const ignoreErrors = (socket: { on(event: 'error', listener: () => void): unknown }): void => {
  socket.on('error', () => {})
}

export const listening = async (server: Server, port: number): Promise<void> => {
  server.listen(port)
  await once(server, 'listening')
}
