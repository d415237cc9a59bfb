/** The way in which the scripts of http, https, http2 and tls write down what happens, each side for itself. */
import { once } from 'node:events'
import type net from 'node:net'
import { CERTIFICATE as cert } from '../libraries/certificate.ts'

export type Log = (what: string) => void
export type WebScenario = (log: Log, host: string) => Promise<void>

export const told = (error: unknown): string => {
  if (!error) return 'ok'
  const { code, syscall, message } = error as NodeJS.ErrnoException
  return `${code} ${syscall} ${message.replace(/:\d{4,5}\b/g, ':PORT')}`
}

export const watch = <T extends NodeJS.EventEmitter>(
  log: Log,
  name: string,
  from: T,
  ...events: string[]
): T => {
  for (const event of events)
    from.on(event, (...args: unknown[]) => {
      const said = args.filter(
        arg => typeof arg === 'boolean' || typeof arg === 'number' || arg instanceof Error,
      )
      log(`${name}.${event}(${said.map(arg => (arg instanceof Error ? told(arg) : String(arg)))})`)
    })
  return from
}

export const listening = async <S extends net.Server>(server: S, host: string): Promise<number> => {
  server.listen(0, host)
  await once(server, 'listening')
  return (server.address() as net.AddressInfo).port
}

/** Whatever ends it; an error is the watcher's to tell. */
export const gone = (from: NodeJS.EventEmitter): Promise<void> =>
  new Promise(resolve => from.once('close', () => resolve()).on('error', () => {}))

/** Turns of the event loop, after which the other side has heard of what this one has done. */
export const settled = async (): Promise<void> => {
  for (let i = 0; i < 30; i++) await new Promise(resolve => setImmediate(resolve))
}

export const trusting = { ca: cert, servername: 'server.example' }
