import type { LookupFunction } from '../net/lookup.ts'

/** libuv's UV_EAI_NONAME. */
const NO_NAME = -3008

/** Names that are hosts of the network; no other is asked of anybody. */
export class Names {
  readonly #addresses = new Map<string, string>()

  add(name: string, address: string): void {
    this.#addresses.set(name.toLowerCase(), address)
  }

  /** As dns.lookup: ENOTFOUND for a name that no host has. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    const name = hostname.toLowerCase()
    const address = name === 'localhost' ? '127.0.0.1' : this.#addresses.get(name)
    if (address === undefined) process.nextTick(callback, notFound(hostname), '', 4)
    else if (options.all) process.nextTick(callback, null, [{ address, family: 4 }])
    else process.nextTick(callback, null, address, 4)
  }
}

const notFound = (hostname: string): NodeJS.ErrnoException =>
  Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), {
    errno: NO_NAME,
    code: 'ENOTFOUND',
    syscall: 'getaddrinfo',
    hostname,
  })
