/** Addresses as node:net tells them. */
import { type Address, familyOf, formatAddress, mapped } from '../wire/address.ts'

/** The address of a socket or a server, as node:net's. */
export interface AddressInfo {
  address: string
  family: 'IPv4' | 'IPv6'
  port: number
}

/** A socket of IPv6, such as one that came to '::', calls an IPv4 address by its mapped one (RFC 4291 §2.5.5.2). */
const asSeen = (address: Address, ofIpv6: boolean): Address => (ofIpv6 ? mapped(address) : address)

export const addressText = (address: Address, ofIpv6 = false): string =>
  formatAddress(asSeen(address, ofIpv6))

export const familyText = (address: Address, ofIpv6 = false): 'IPv4' | 'IPv6' =>
  familyOf(asSeen(address, ofIpv6)) === 6 ? 'IPv6' : 'IPv4'

export const addressInfo = (address: Address, port: number, ofIpv6 = false): AddressInfo => ({
  address: addressText(address, ofIpv6),
  family: familyText(address, ofIpv6),
  port,
})
