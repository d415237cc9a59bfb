import { isIPv4 } from 'node:net'

/** `::ffff:7f00:1`, as URLs write mapped addresses. */
const MAPPED_IN_HEX = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i

/**
 * The IPv4 address that stands for an address on a stack which has no IPv6: `::1` is 127.0.0.1, `::` is 0.0.0.0, a
 * mapped one (RFC 4291 §2.5.5.2) is what it maps. Null for any other IPv6 address.
 */
export const ipv4Of = (address: string): string | null => {
  if (isIPv4(address)) return address
  if (address === '::1') return '127.0.0.1'
  if (address === '::') return '0.0.0.0'
  const mapped = address.slice(address.lastIndexOf(':') + 1)
  if (/^::ffff:/i.test(address) && isIPv4(mapped)) return mapped
  const [, high, low] = MAPPED_IN_HEX.exec(address) ?? []
  if (high === undefined || low === undefined) return null
  const [h, l] = [Number.parseInt(high, 16), Number.parseInt(low, 16)]
  return `${h >> 8}.${h & 255}.${l >> 8}.${l & 255}`
}
