/** Which addresses the two ends of a device get when nobody says. */
import { networkInterfaces } from 'node:os'
import { formatAddress, type Ipv4Address, parseIpv4Prefix } from '../wire/address.ts'

/** A range for documentation (RFC 5737), so that it collides with nobody's. */
export const HOST_ADDRESS = '192.0.2.1/24'

/** Where to go when that is taken, by another stack: a range for tests of networks (RFC 2544). */
const ALTERNATIVES = Array.from({ length: 256 }, (_, n) => `198.18.${n}.1/24`)

/** The device that has this address, or null; devices that are down are not seen. */
export const ownerOf = (hostAddress: string): string | null => {
  const address = hostAddress.split('/')[0]
  for (const [name, addresses] of Object.entries(networkInterfaces()))
    if (addresses?.some(a => a.address === address)) return name
  return null
}

/** An address for the host's end that no other device has. */
export const freeHostAddress = (): string =>
  [HOST_ADDRESS, ...ALTERNATIVES].find(address => ownerOf(address) === null) ?? HOST_ADDRESS

/** Our end when the host's is given: the address after it, or before it at the end of the network. */
export const addressBeside = (hostAddress: string): string => {
  const { address, length, broadcast, mask } = parseIpv4Prefix(hostAddress)
  const usable = (a: Ipv4Address) => ((a ^ address) & mask) === 0 && (length >= 31 || a !== broadcast)
  const next = (address + 1) | 0
  return `${formatAddress(usable(next) ? next : (address - 1) | 0)}/${length}`
}

/** Our address with a length: the one of the host's end when it has none. */
export const withLength = (address: string, hostAddress: string): string =>
  address.includes('/') ? address : `${address}/${hostAddress.split('/')[1]}`
