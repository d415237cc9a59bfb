import { type Duration, milliseconds } from '../faults/units.ts'
import type { PacketView } from '../link/path/packet-view.ts'
import type { Predicate } from '../link/path/script.ts'
import { badType, badValue } from '../net/errors.ts'
import { LINK_ROUTER } from '../sim/benchmark-addresses.ts'
import { isIpv4, isIpv6, parseAddress } from '../wire/address.ts'
import { UNREACHABLE } from '../wire/icmp.ts'
import { icmpPacket } from '../wire/icmp-message.ts'
import { DESTINATION_UNREACHABLE } from '../wire/icmpv6.ts'
import { checkNames, instead, type NamesOf } from '../wire/names.ts'
import { ACK, FIN, RST, SYN } from '../wire/tcp.ts'
import { flowOf } from './flow.ts'
import { checkPort } from './port.ts'
import { resetPacket } from './reset.ts'

/** Codes of destination unreachable, of IPv4 (RFC 792, RFC 1812 §5.2.7.1) and of IPv6 (RFC 4443 §3.1). */
const CODES = {
  'net-unreachable': { 4: 0, 6: 0 },
  'host-unreachable': { 4: 1, 6: 3 },
  'port-unreachable': { 4: 3, 6: 4 },
  'admin-prohibited': { 4: 13, 6: 1 },
} as const

/** The firewall's answer to a sender: nothing, a RST that seems to be the other end's, or an ICMP error. */
export type FirewallAnswer = 'silence' | 'reset' | keyof typeof CODES

const ANSWERS: readonly string[] = ['silence', 'reset', ...Object.keys(CODES)]

/** The packets that a firewall stops. A part that is left out is any. An end is a host of a network. */
export interface FirewallOptions<End = unknown> {
  /** Connections on which nothing has passed for so long: they are forgotten. Without it, all that the others fit. */
  readonly idle?: Duration
  /** Sent by this one. */
  readonly from?: End
  /** Sent to this one. */
  readonly to?: End
  /** Segments to this port. */
  readonly port?: number
  /** Anything else: a function of the packet, which `script` has some of. */
  readonly match?: Predicate
  /** The answer to the sender; default 'silence'. */
  readonly answer?: FirewallAnswer
}

const OPTIONS: NamesOf<FirewallOptions> = {
  idle: true,
  from: true,
  to: true,
  port: true,
  match: true,
  answer: true,
}

/** Flows that it knows, at most; the ones known longest are forgotten, and admitted anew. */
const FLOWS = 65_536
/** An error quotes the IP header and as much of the segment (RFC 1812 §4.3.2.3). */
const QUOTED = 128
const TTL = 64
/** RFC 1812 §4.3.2.5: internetwork control. */
const ERROR_TRAFFIC_CLASS = 0xc0

/**
 * A firewall, NAT or load balancer. One that forgets connections counts those as known that were there before it; a new SYN is
 * a new flow. It stands by the sender, who hears its answer at once.
 */
export class Firewall<End = unknown> {
  /** Packets stopped so far. */
  dropped = 0
  readonly #options: FirewallOptions<End>
  readonly #idle: number | null
  readonly #inject: (packet: Uint8Array) => void
  readonly #remove: (firewall: Firewall<End>) => void
  /** The time at which each flow was last let through (ms). */
  readonly #flows = new Map<string, number>()

  /**
   * @param inject hands a packet to its destination
   * @param remove takes the firewall away
   * @throws TypeError ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE; RangeError ERR_OUT_OF_RANGE
   */
  constructor(
    options: FirewallOptions<End>,
    inject: (packet: Uint8Array) => void,
    remove: (firewall: Firewall<End>) => void,
  ) {
    if (typeof options !== 'object' || options === null)
      throw badType('options', "an object, such as { idle: '5min' }", options)
    checkNames('options', options, OPTIONS)
    const { idle, port, match, answer = 'silence' } = options
    if (!ANSWERS.includes(answer))
      throw badValue(
        `The property 'options.answer' is not one that there is: '${String(answer)}'${instead(String(answer), ANSWERS)}`,
      )
    checkPort('options.port', port)
    if (match !== undefined && typeof match !== 'function')
      throw badType('options.match', 'a function of a packet', match)
    if (Object.values(options).every(value => value === undefined))
      throw badValue("The argument 'options' must say what is stopped: idle, from, to, port or match")
    this.#options = options
    this.#idle = idle === undefined ? null : milliseconds('options.idle', idle)
    this.#inject = inject
    this.#remove = remove
  }

  /** Takes it away. */
  cancel(): void {
    this.#remove(this)
  }

  /** @internal Whether it stops a packet. */
  takes(p: PacketView, from: End, to: End): boolean {
    const { port, match } = this.#options
    if ((this.#options.from ?? from) !== from || (this.#options.to ?? to) !== to) return false
    if (port !== undefined && p.destinationPort !== port) return false
    if (match !== undefined && !match(p)) return false
    if (this.#idle !== null && !this.#isForgotten(p, this.#idle)) return false
    this.dropped++
    this.#answer(p)
    return true
  }

  #isForgotten(p: PacketView, idle: number): boolean {
    const flow = flowOf(p)
    if (flow === null) return false
    const last = this.#flows.get(flow) ?? p.time
    const opens = (p.flags & (SYN | ACK)) === SYN
    if (!opens && p.time - last > idle) return true
    this.#flows.set(flow, p.time)
    if (this.#flows.size > FLOWS) this.#flows.delete(this.#flows.keys().next().value!)
    return false
  }

  /** RFC 9293 §3.5.2: no reset is answered; RFC 1122 §3.2.2: nor is an error. */
  #answer(p: PacketView): void {
    const { answer = 'silence' } = this.#options
    if (answer === 'silence' || !p.tcp || (p.flags & RST) !== 0) return
    this.#inject(answer === 'reset' ? resetFor(p) : errorFor(p, answer))
  }
}

/** RFC 9293 §3.10.7.1: the answer of who knows no such connection. */
const resetFor = (p: PacketView): Uint8Array => {
  const from = [p.destination, p.destinationPort] as const
  const to = [p.source, p.sourcePort] as const
  if ((p.flags & ACK) !== 0) return resetPacket(from, to, p.ack, null)
  const length = p.length + ((p.flags & SYN) !== 0 ? 1 : 0) + ((p.flags & FIN) !== 0 ? 1 : 0)
  return resetPacket(from, to, 0, (p.seq + length) | 0)
}

const errorFor = (p: PacketView, answer: keyof typeof CODES): Uint8Array => {
  const version = p.family === 6 ? 6 : 4
  const router = LINK_ROUTER.map(parseAddress).find(version === 6 ? isIpv6 : isIpv4)!
  const type = version === 6 ? DESTINATION_UNREACHABLE : UNREACHABLE
  const quoted = p.bytes().subarray(0, QUOTED)
  const trafficClass = version === 6 ? 0 : ERROR_TRAFFIC_CLASS
  return icmpPacket(router, p.source, type, CODES[answer][version], 0, quoted, TTL, trafficClass)
}
