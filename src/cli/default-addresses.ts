/** Addresses for the two ends of a device when nobody names them; they must be such as the host can spare. */
import {
  addressMeets,
  type Collision,
  deviceMeets,
  FIRST_RANGE,
  freeRange,
  indexOf,
  takenError,
} from '../link/collision.ts'
import { type HostNetworks, hostNetworks } from '../link/host-networks.ts'
import { loadAddon } from '../link/tun-native.ts'
import { formatAddress, type Ipv4Address, parseIpv4Prefix } from '../wire/address.ts'
import { Failure } from './command.ts'

/** Bits of a network when only an address in it is given. */
const USUAL_LENGTH = 24

/** The other end when one is given: the address after it, or before it at the end of the network. */
export const addressBeside = (given: string): string => {
  const { address, length, broadcast, mask } = parseIpv4Prefix(given)
  const usable = (a: Ipv4Address) => ((a ^ address) & mask) === 0 && (length >= 31 || a !== broadcast)
  const next = (address + 1) | 0
  return `${formatAddress(usable(next) ? next : (address - 1) | 0)}/${length}`
}

/** Our address with a length: the one of the host's end when it has none. */
export const withLength = (address: string, hostAddress: string): string =>
  address.includes('/') ? address : `${address}/${hostAddress.split('/')[1]}`

/** The host's end when ours is given: the first address of its network, if we leave it. */
const hostAddressFor = (ours: string): string => {
  const { address, network, length } = parseIpv4Prefix(ours.includes('/') ? ours : `${ours}/${USUAL_LENGTH}`)
  const first = (network + 1) | 0
  return length >= 31 || first === address
    ? addressBeside(`${formatAddress(address)}/${length}`)
    : `${formatAddress(first)}/${length}`
}

export interface Ends {
  /** The host's end and ours, with lengths. */
  readonly hostAddress: string
  readonly address: string
}

export interface WantedEnds {
  /** The device, when it is named. */
  readonly name: string | undefined
  /** The device's addresses; null when it has none, or is not there. */
  readonly present: string | null
  readonly hostAddress: string | undefined
  readonly address: string | undefined
  /** The words by which somebody says which ends they want. */
  readonly say: (ends: Ends) => string
  /** Hears of a choice that nobody would expect. */
  readonly note: (text: string) => void
}

const endsOf = (hostAddress: string, address: string | undefined): Ends => ({
  hostAddress,
  address: address === undefined ? addressBeside(hostAddress) : withLength(address, hostAddress),
})

/**
 * Both ends of a device. Addresses that are not given are chosen so that the host loses nothing.
 * @throws TunError EADDRINUSE when what is said meets something that the host has; Failure when nothing is free
 */
export const chooseEnds = (wanted: WantedEnds): Ends => {
  const networks = hostNetworks(loadAddon().netlink)
  const { name = '', present, say } = wanted
  const said = present ?? wanted.hostAddress ?? (wanted.address && hostAddressFor(wanted.address))
  const free = freeRange(networks)
  if (said === undefined) return chosen(free, networks, wanted)
  const ends = endsOf(said, wanted.address)
  const collision =
    (present === null ? deviceMeets(networks, name, parseIpv4Prefix(said)) : null) ??
    oursMeets(networks, name, ends)
  if (collision === null) return ends
  throw takenError(
    collision,
    free === null ? 'choose others' : `choose others, such as ${say(endsOf(free, undefined))}`,
  )
}

const oursMeets = (networks: HostNetworks, name: string, { address }: Ends): Collision | null => {
  const met = addressMeets(networks, parseIpv4Prefix(address).address, indexOf(networks, name))
  return met === null ? null : { address: address.split('/')[0]!, met }
}

const chosen = (free: string | null, networks: HostNetworks, { say, note }: WantedEnds): Ends => {
  const first = deviceMeets(networks, '', parseIpv4Prefix(FIRST_RANGE))
  if (free === null)
    throw new Failure(
      `${first!.address} would take away from this host ${first!.met}, and no other range for a device is free: choose addresses (${say(endsOf('10.0.0.1/24', undefined))})`,
    )
  const ends = endsOf(free, undefined)
  if (first !== null)
    note(
      `${first.address} would take away from this host ${first.met}, so the device has ${ends.hostAddress} and the stack ${ends.address}`,
    )
  return ends
}
