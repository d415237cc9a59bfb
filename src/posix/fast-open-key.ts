/** Fast open's cookies as Linux makes them of a key (tcp_fastopen_cookie_gen_cipher()). */
import type { Address } from '../wire/address.ts'
import { write32 } from '../wire/ipv4.ts'
import { sipHash } from './siphash.ts'

/** Bytes of a key. */
export const FAST_OPEN_KEY = 16

/** The cookie of a client: both addresses, hashed under the key. */
export const cookieByKey =
  (key: Uint8Array) =>
  (client: Address, server: Address): Uint8Array => {
    const message = new Uint8Array(8)
    write32(message, 0, client)
    write32(message, 4, server)
    return sipHash(key, message)
  }
