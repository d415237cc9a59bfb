import dns from 'node:dns'
import { isIPv4 } from 'node:net'
import { badAddress } from './errors.ts'

interface Found {
  readonly address: string
  readonly family: number
}

/** As dns.lookup. */
export type LookupFunction = (
  hostname: string,
  options: { family: 4; hints: number; all: false },
  callback: (error: NodeJS.ErrnoException | null, address: string | Found[], family?: number) => void,
) => void

/** `localhost` is this stack, whatever the system's resolver says of it. */
const isLocalhost = (host: string): boolean => /^localhost\.?$/i.test(host)

const builtIn: LookupFunction = (host, options, callback) => {
  if (isLocalhost(host)) process.nextTick(callback, null, '127.0.0.1', 4)
  else dns.lookup(host, options, callback as never)
}

/**
 * Finds the IPv4 address of a name. `done` gets what an event 'lookup' tells, and is called later, never at once
 * by the function built in.
 */
export const lookupAddress = (
  host: string,
  lookup: LookupFunction | null | undefined,
  done: (error: Error | null, address: string | undefined, family: number | undefined) => void,
): void => {
  ;(lookup ?? builtIn)(host, { family: 4, hints: 0, all: false }, (error, found, family) => {
    if (error) {
      done(error, undefined, undefined)
      return
    }
    const first = Array.isArray(found) ? found.find(f => isIPv4(f.address)) : { address: found, family }
    if (first === undefined || !isIPv4(first.address))
      done(badAddress(first?.address ?? host), undefined, undefined)
    else done(null, first.address, 4)
  })
}
