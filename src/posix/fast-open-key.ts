/** Fast open's cookies as Linux makes them of a key (tcp_fastopen_cookie_gen_cipher()). */
import { SIPHASH_KEY, SipHash } from '../base/siphash.ts'
import { type Address, addressBytes } from '../wire/address.ts'

/** Bytes of a key. */
export const FAST_OPEN_KEY = SIPHASH_KEY

/** The cookie of a client: both addresses, hashed under the key. */
export const cookieByKey = (key: Uint8Array) => {
  const hash = new SipHash(key)
  const message = new Int32Array(8)
  const bytes = new Uint8Array(message.buffer)
  return (client: Address, server: Address): Uint8Array => {
    const addresses = [...addressBytes(client), ...addressBytes(server)]
    bytes.set(addresses)
    const { low, high } = hash.hash(message, addresses.length / 4)
    const cookie = new DataView(new ArrayBuffer(8))
    cookie.setInt32(0, low, true)
    cookie.setInt32(4, high, true)
    return new Uint8Array(cookie.buffer)
  }
}
