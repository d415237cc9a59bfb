/** The IPv6 addresses of the two ends of a device, beside those of IPv4. */
import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { deviceMeetsIpv6, freeIpv6Range, takenError } from '../link/collision.ts'
import { hostNetworks } from '../link/host-networks.ts'
import { loadAddon } from '../link/tun-native.ts'
import { formatAddress, type Ipv6Prefix, isIpv6, isLinkLocal, parsePrefix } from '../wire/address.ts'
import { LEAST_IPV6_MTU } from '../wire/ipv6.ts'
import { ipv6Bytes, readIpv6Address } from '../wire/ipv6-address.ts'
import { UsageError } from './command.ts'
import type { Ends } from './default-addresses.ts'

/** Does without IPv6. */
const OFF = 'off'

/** Returns whether a text says which end the host is to have, or that there is to be none. */
export const isIpv6End = (text: string): boolean => {
  if (text === OFF) return true
  try {
    const prefix = parsePrefix(text)
    return prefix.family === 6 && prefix.length < 128
  } catch {
    return false
  }
}

/** The option `--ipv6`. @throws UsageError */
export const ipv6Option = (text: string | undefined): string | undefined => {
  if (text === undefined || isIpv6End(text)) return text
  throw new UsageError(`--ipv6 takes the host's end, such as 2001:db8::1/64, or off, not '${text}'`)
}

/** The address after this one in its network. */
const beside = ({ address, length }: Ipv6Prefix): string => {
  const bytes = ipv6Bytes(address).slice()
  // From ::1 to ::2, from ::2 to ::3: the lowest bits change, and nothing is carried, however long the prefix.
  bytes[15]! ^= length >= 127 || (bytes[15]! & 1) === 0 ? 1 : 3
  return `${formatAddress(readIpv6Address(bytes, 0))}/${length}`
}

const ends = (prefix: Ipv6Prefix): Ends => ({
  hostAddress: `${prefix.address}/${prefix.length}`,
  address: beside(prefix),
})

/** Returns whether the kernel gives IPv6 to a new interface. */
const hasIpv6 = (): boolean => {
  try {
    return readFileSync('/proc/sys/net/ipv6/conf/default/disable_ipv6', 'utf8').trim() === '0'
  } catch {
    return false
  }
}

/**
 * Both ends over IPv6; null for none. Addresses that are not given are chosen so that the host loses nothing.
 * @throws TunError EADDRINUSE when what is said meets something that the host has
 */
export const chooseIpv6Ends = (given: string | undefined, name = '', mtu = 1500): Ends | null => {
  if (given === OFF || (given === undefined && (mtu < LEAST_IPV6_MTU || !hasIpv6()))) return null
  const networks = hostNetworks(loadAddon().netlink)
  if (given !== undefined) {
    const prefix = parsePrefix(given) as Ipv6Prefix
    const collision = deviceMeetsIpv6(networks, name, [prefix])
    if (collision !== null) throw takenError(collision, 'choose another --ipv6')
    return ends(prefix)
  }
  const free = freeIpv6Range(networks, name)
  return free === null ? null : ends(parsePrefix(free) as Ipv6Prefix)
}

/** The addresses of a device that is there; null when that is only its link-local one. */
export const presentIpv6Ends = (name: string): Ends | null => {
  for (const { cidr, family } of networkInterfaces()[name] ?? []) {
    if (family !== 'IPv6' || cidr === null) continue
    const prefix = parsePrefix(cidr)
    if (prefix.family === 6 && isIpv6(prefix.address) && !isLinkLocal(prefix.address)) return ends(prefix)
  }
  return null
}

/** IFA_F_TENTATIVE of linux/if_addr.h. */
const TENTATIVE = 0x40

/** Returns whether a device has a tentative address (RFC 4862 §5.4), by the text of /proc/net/if_inet6. */
export const isTentative = (text: string, name: string): boolean =>
  text.split('\n').some(line => {
    const [, , , , flags = '', device] = line.trim().split(/\s+/)
    return device === name && (Number.parseInt(flags, 16) & TENTATIVE) !== 0
  })

/** The looks at the kernel at most, a millisecond or more apart: where the machine stands still there are none. */
const MOST_LOOKS = 5000

/**
 * Until the host may use its end: the kernel comes to a new address a moment later, on a busy machine a long one, and refuses
 * whoever connects before ("Cannot assign requested address").
 */
export const untilUsable = async (name: string): Promise<void> => {
  const look = (): boolean => {
    try {
      return isTentative(readFileSync('/proc/net/if_inet6', 'utf8'), name)
    } catch {
      return false
    }
  }
  for (let looks = 0; look() && looks < MOST_LOOKS; looks++)
    await new Promise(resolve => setTimeout(resolve, 1))
}
