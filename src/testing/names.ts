import { getDefaultResultOrder } from 'node:dns'
import { isIP } from 'node:net'
import { LOCALHOST, type LookupFunction } from '../net/lookup.ts'

/** libuv's UV_EAI_NONAME. */
const NO_NAME = -3008

const familyOf = (asked: unknown): number => {
  if (asked === 6 || asked === 'IPv6') return 6
  return asked === 4 || asked === 'IPv4' ? 4 : 0
}

/** Names that are hosts of the network; no other is asked of anybody. */
export class Names {
  readonly #addresses = new Map<string, readonly { address: string; family: number }[]>()

  /** RFC 6724 §6 puts IPv6 before IPv4, where the caller has both. */
  add(name: string, addresses: readonly string[]): void {
    const found = addresses.map(address => ({ address, family: isIP(address) }))
    this.#addresses.set(
      name.toLowerCase(),
      found.sort((a, b) => b.family - a.family),
    )
  }

  /** As dns.lookup, its default order included: ENOTFOUND for a name that no host has, or none of the family asked for. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    const name = hostname.toLowerCase()
    const known = name === 'localhost' ? LOCALHOST : (this.#addresses.get(name) ?? [])
    const family = familyOf(options.family)
    const found = known.filter(each => family === 0 || each.family === family)
    if (getDefaultResultOrder() === 'ipv4first') found.sort((a, b) => a.family - b.family)
    const [first] = found
    if (first === undefined) process.nextTick(callback, notFound(hostname), '', 4)
    else if (options.all) process.nextTick(callback, null, found)
    else process.nextTick(callback, null, first.address, first.family)
  }
}

const notFound = (hostname: string): NodeJS.ErrnoException =>
  Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), {
    errno: NO_NAME,
    code: 'ENOTFOUND',
    syscall: 'getaddrinfo',
    hostname,
  })
