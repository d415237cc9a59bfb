import type { DropNext, DropNextOptions } from '../faults/drop-next.ts'
import { checkFamily } from '../faults/family.ts'
import { type LinkFaults, pathOptions } from '../faults/link-faults.ts'
import type { Size } from '../faults/units.ts'
import { badType } from '../net/errors.ts'
import { CHANNEL } from '../net/socket-state.ts'
import { SocketView } from '../net/socket-view.ts'
import type { ConnectionView as Connection } from '../tcp/block/connection-view.ts'
import { checkNames, type NamesOf } from '../wire/names.ts'
import { ANY, checkOptions, FLAG, type KindsOf } from '../wire/option-kinds.ts'
import type { Cut, CutOptions, CutSocketOptions } from './cut.ts'
import type { Firewall, FirewallOptions } from './firewall.ts'
import { FlowOrders } from './flow-orders.ts'
import type { TestHost } from './host.ts'
import type { Links } from './links.ts'

/** Options of {@link FaultOrders.mtu}. */
export interface MtuOptions {
  /** True when senders of larger packets are told so (ICMP type 3 code 4, or Packet Too Big); default true. */
  readonly icmp?: boolean
  /** For packets of this family only. */
  readonly family?: 4 | 6
}

/** Faults of packets of both families, or of one. */
export interface FamilyFaults extends LinkFaults {
  readonly family?: 4 | 6
}

/** A family, where an order is for packets of one only. */
export interface FamilyOptions {
  readonly family?: 4 | 6
}

/** The orders that a network for tests takes: what its links do to packets from now on. */
export abstract class FaultOrders {
  readonly #links: Links
  readonly #flows: FlowOrders<TestHost>

  /** @internal */
  constructor(links: Links) {
    this.#links = links
    this.#flows = new FlowOrders({
      connectionOf,
      hostAt: address => links.hostAt(address)?.stack.host ?? null,
      inject: packet => links.inject(packet),
      follow: packet => links.follow(packet),
      later: (ms, callback) => links.later(ms, callback),
    })
    links.interference = this.#flows
  }

  /**
   * Changes what links do to packets, in both directions, now and for what comes; connections live on. What is not
   * named stays as it was, and `null` turns it off: `net.link({ loss: 0.05, delay: '40ms', rate: '10mbit' })`.
   * Without hosts it is for all links, those of hosts to come included. The rate is each direction's own. With `family: 6`
   * it is for packets of IPv6 only, which have a rate and a queue of their own from then on.
   * @throws TypeError ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE; RangeError ERR_OUT_OF_RANGE; each names the option
   */
  link(faults: FamilyFaults): void
  link(a: TestHost, b: TestHost, faults: FamilyFaults): void
  link(...args: [FamilyFaults] | [TestHost, TestHost, FamilyFaults]): void {
    if (args.length === 1) {
      const [faults, family] = withoutFamily(args[0], 'link')
      this.#links.change(faults, family)
    } else {
      const [a, b] = args
      const [faults, family] = withoutFamily(args[2], 'link')
      for (const wire of this.#links.between(a, b)) wire.change(faults, family)
    }
  }

  /** As {@link link}, for what `from` sends to `to` only. */
  path(from: TestHost, to: TestHost, given: FamilyFaults): void {
    const [faults, family] = withoutFamily(given, 'path')
    this.#links
      .between(from, to)
      .find(wire => wire.from === from)!
      .change(faults, family)
  }

  /**
   * Bytes of the largest packet that links carry, from 68; null for no limit. Senders of larger ones are told by ICMP
   * unless `icmp` is false: then it is a hole that only path MTU discovery without ICMP (RFC 4821) gets out of. Packets of
   * IPv6 get through up to 1280 bytes in any case (RFC 8200 §5).
   * @throws as {@link link}
   */
  mtu(bytes: Size | null, options: MtuOptions = {}): void {
    checkOptions('options', options, { icmp: FLAG, family: ANY } satisfies KindsOf<MtuOptions>)
    const { icmp = true, family } = options
    const faults = { mtu: bytes, icmp: bytes === null ? null : icmp }
    this.link(family === undefined ? faults : { ...faults, family })
  }

  /**
   * Nothing passes between two hosts any more, or nothing of one family, and nobody is told.
   * @throws TypeError for what is no host of this network
   */
  partition(a: TestHost, b: TestHost, options: FamilyOptions = {}): void {
    const family = familyIn(options)
    for (const wire of this.#links.between(a, b)) wire.cut(true, family)
  }

  /**
   * All is lost from now on, without a word: of one connection, as when a firewall or a NAT has forgotten it; of one
   * family, as behind a tunnel that is broken; or everything.
   * @param what either end of the connection, or the family: `{ family: 6 }`
   * @throws TypeError ERR_INVALID_ARG_TYPE for what is no connected socket of this network
   */
  blackhole(what?: object | FamilyOptions): void {
    if (what === undefined) this.#links.cut(true)
    else if (isFamily(what)) this.#links.cut(true, familyIn(what))
    else this.#flows.blackhole(what)
  }

  /** Ends a {@link partition}; without hosts all of them, every {@link blackhole}, {@link firewall}, {@link cut} and {@link rebind}. */
  heal(a?: TestHost, b?: TestHost): void {
    if (a !== undefined && b !== undefined) {
      for (const wire of this.#links.between(a, b)) wire.cut(false)
      return
    }
    this.#links.cut(false)
    this.#flows.heal()
  }

  /**
   * A firewall by all hosts. With `idle` it is stateful: it forgets connections on which nothing has passed for so long, and
   * stops what belongs to them from then on. Otherwise it stops all packets that its options fit. Who sends what is stopped
   * hears nothing, or what `answer` says. Each call sets up another one; {@link heal} takes all of them away.
   * @returns how many packets it has stopped, and `cancel()` to take it away
   * @throws TypeError ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE; RangeError ERR_OUT_OF_RANGE
   */
  firewall(options: FirewallOptions<TestHost>): Firewall<TestHost> {
    this.#ownEnds(options)
    return this.#flows.firewall(options)
  }

  /**
   * Cuts a connection off after so many bytes, to the byte: of those that are to come to a socket, or of those that each
   * connection has yet to carry: `net.cut({ from: server, after: '10kB', by: 'reset' })`.
   * @returns how many connections it has cut off, and `cancel()`
   * @throws TypeError ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE; RangeError ERR_OUT_OF_RANGE
   */
  cut(options: CutOptions<TestHost>): Cut<TestHost>
  cut(socket: object, options: CutSocketOptions): Cut<TestHost>
  cut(...args: [CutOptions<TestHost>] | [object, CutSocketOptions]): Cut<TestHost> {
    if (args.length === 1) this.#ownEnds(args[0])
    return this.#flows.cut(...args)
  }

  /**
   * A NAT between the ends of a connection gives it another port: the other end sees the next packets come from a stranger,
   * and what it sends itself goes nowhere.
   * @param socket the end behind the NAT
   * @returns the port that the other end sees from now on
   * @throws TypeError ERR_INVALID_ARG_TYPE for what is no connected socket of this network
   */
  rebind(socket: object): number {
    return this.#flows.rebind(socket)
  }

  /**
   * Has the next packets lost that the description fits: `net.dropNext({ from: client, flags: 'FIN' })`.
   * @returns how many have been, and are to be
   * @throws TypeError ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE; RangeError ERR_OUT_OF_RANGE
   */
  dropNext(options: DropNextOptions<TestHost> = {}): DropNext<TestHost> {
    this.#ownEnds(options)
    return this.#flows.dropNext(options)
  }

  /**
   * Resets a connection as a middlebox does: both ends get a RST that seems to be the other's, at once.
   * @param connection either end of it
   * @throws TypeError ERR_INVALID_ARG_TYPE for what is no connected socket of this network
   */
  reset(connection: object): void {
    this.#flows.reset(connection)
  }

  #ownEnds(options: { readonly from?: TestHost; readonly to?: TestHost }): void {
    for (const host of [options?.from, options?.to]) if (host !== undefined) this.#links.own(host)
  }
}

/** The faults, and the family that they are for. @throws as {@link pathOptions}, with `name` for what errors call it */
const withoutFamily = (given: FamilyFaults, name: string): [LinkFaults, 4 | 6 | undefined] => {
  const { family, ...faults } = given ?? {}
  checkFamily(`${name}.family`, family)
  pathOptions(typeof given === 'object' && given !== null ? faults : given, name)
  return [faults, family]
}

const familyIn = (options: FamilyOptions): 4 | 6 | undefined => {
  checkNames('options', options, { family: true } satisfies NamesOf<FamilyOptions>)
  checkFamily('options.family', options.family)
  return options.family
}

const isFamily = (what: object): what is FamilyOptions =>
  typeof what === 'object' && what !== null && 'family' in what

const connectionOf = (socket: unknown): Connection => {
  const connection = socket instanceof SocketView ? socket[CHANNEL]?.connection : null
  if (!connection) throw badType('connection', 'a connected socket of this network', socket)
  return connection
}
