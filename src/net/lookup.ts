import dns from 'node:dns'
import { isIP } from 'node:net'
import { badAddress, badFamily, badValue } from './errors.ts'
import type { NetStack } from './host-port.ts'
import { requested } from './request.ts'
import { inTurn } from './turn.ts'

/** An address that a connection may be tried to. */
export interface Found {
  readonly address: string
  readonly family: number
}

/** As dns.lookup. */
export type LookupFunction = (
  hostname: string,
  options: dns.LookupOptions,
  callback: (
    error: NodeJS.ErrnoException | null,
    address: string | dns.LookupAddress[],
    family?: number,
  ) => void,
) => void

/** `localhost` is this stack, whatever the system's resolver says of it. */
const isLocalhost = (host: string): boolean => /^localhost\.?$/i.test(host)

/** All that a look-up may be told by. */
const HINTS = dns.ADDRCONFIG | dns.ALL | dns.V4MAPPED

/** The addresses of `localhost`; IPv4 first, where any will do. */
export const LOCALHOST: readonly Found[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
]

/** Asks the system; what a stack knows itself it tells as libuv tells an answer, in a turn of its own. */
const builtIn = (
  stack: NetStack,
  host: string,
  options: dns.LookupOptions,
  callback: Parameters<LookupFunction>[2],
): void => {
  const { hints = 0 } = options
  if ((hints & ~HINTS) !== 0) throw badValue(`The argument 'hints' is invalid. Received ${hints}`)
  if (!isLocalhost(host)) {
    dns.lookup(host, options, callback)
    return
  }
  const found = LOCALHOST.filter(({ family }) => !options.family || family === options.family)
  const tell = requested('GETADDRINFOREQWRAP', () =>
    options.all ? callback(null, [...found]) : callback(null, found[0]!.address, found[0]!.family),
  )
  inTurn(stack, tell)
}

export interface LookupOptions {
  readonly host: string
  readonly port: number
  readonly stack: NetStack
  /** Default: the stack's. */
  readonly lookup?: LookupFunction | null | undefined
  /** Default: any that the stack has. */
  readonly family?: number | string | undefined
  readonly hints?: number | undefined
  /** All addresses, to be tried one after the other, instead of the first. */
  readonly all: boolean
}

/** As node:net asks, where the stack has both families. */
const familyOf = (family: number | string | undefined, ipv6: boolean): number | undefined => {
  if (family === 'IPv6' || family === 6) return 6
  return ipv6 && family !== 'IPv4' && family !== 4 ? (family as 0 | undefined) : 4
}

/**
 * Finds the addresses of a name. `each` gets what an event 'lookup' tells, for every address; `done` is called
 * after, with an error or at least one address that is valid. Neither is called at once by the function built in.
 */
export const lookupAddresses = (
  options: LookupOptions,
  each: (error: Error | null, address?: string, family?: number) => void,
  done: (error: Error | null, found: readonly Found[]) => void,
): void => {
  const { host, port, stack, all } = options
  const lookup = options.lookup ?? stack.lookup
  const asked = {
    family: familyOf(options.family, stack.host.interfaces.speaks(6)),
    hints: options.hints ?? 0,
    ...(all ? { all } : {}),
  }
  const answered: Parameters<LookupFunction>[2] = (error, answer, family) => {
    if (error) {
      each(error)
      done(error, [])
      return
    }
    const answers = Array.isArray(answer) ? answer : [{ address: answer, family: family! }]
    for (const found of answers) each(null, found.address, found.family)
    const valid = answers.filter(
      (found, i) =>
        isIP(found.address) !== 0 &&
        (found.family === 4 || found.family === 6) &&
        answers.findIndex(other => other.address === found.address) === i,
    )
    if (valid.length > 0) done(null, valid)
    else if (isIP(answers[0]?.address ?? '') === 0)
      done(badAddress(answers.length > 0 ? answers[0]!.address : host), [])
    else done(badFamily(answers[0]!.family, host, port), [])
  }
  if (lookup != null) lookup(host, asked, answered)
  else builtIn(stack, host, asked, answered)
}

/** An address of a name, for who listens. */
export const lookupAddress = (
  host: string,
  stack: NetStack,
  done: (error: Error | null, address: string | undefined) => void,
): void => {
  lookupAddresses(
    { host, port: 0, stack, all: false },
    () => {},
    (error, found) => done(error, found[0]?.address),
  )
}
