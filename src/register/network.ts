import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import type net from 'node:net'
import type { DropNext, DropNextOptions } from '../faults/drop-next.ts'
import type { Direction, FaultyLink } from '../faults/faulty-link.ts'
import { type LinkFaults, pathOptions } from '../faults/link-faults.ts'
import type { Size } from '../faults/units.ts'
import type { Host } from '../host/host.ts'
import { badType, badValue } from '../net/errors.ts'
import type { LookupFunction } from '../net/lookup.ts'
import { nodeClock } from '../net/node-clock.ts'
import type { ConnectionView } from '../tcp/block/connection-view.ts'
import type { Cut, CutOptions, CutSocketOptions } from '../testing/cut.ts'
import type { Firewall, FirewallOptions } from '../testing/firewall.ts'
import { FlowOrders } from '../testing/flow-orders.ts'
import { changeNames, type DnsFaults, Names } from '../testing/names.ts'
import { batchOf } from '../wire/batch.ts'
import { destinationOf } from '../wire/dissect.ts'
import { checkNames } from '../wire/names.ts'
import { StackHandle } from './stack-handle.ts'

/** The link of a program and the stack on it, once they are open. */
export interface ProgramLink {
  readonly faults: FaultyLink
  readonly host: Host
}

/** The source of the program's link for {@link ProgramNetwork}. */
export interface LinkAccess {
  /**
   * Changes the faults of the link, or asks for them before there is one.
   * @throws Error when that is not to be had any more, or belongs to another process
   */
  change(faults: LinkFaults): void
  /** Null before the first connection. */
  readonly link: () => ProgramLink | null
}

/** Nobody's: a program is all of its hosts at once. */
type NoEnds<T> = Omit<T, 'from' | 'to'>

/** Calls back in `ms` milliseconds. */
const later = (ms: number, callback: () => void): void => {
  nodeClock.schedule(nodeClock.now() + ms, callback)
}

/** The connection of a socket of Node's, TLS or not. @throws TypeError ERR_INVALID_ARG_TYPE */
const connectionOf = (socket: unknown): ConnectionView => {
  const { _handle } = (socket ?? {}) as { _handle?: { _parent?: unknown } | null }
  const handle = [_handle, _handle?._parent].find(each => each instanceof StackHandle)
  const connection = (handle as StackHandle | undefined)?.connection ?? null
  if (connection === null) throw badType('connection', "a connected socket of tuntcp's stack", socket)
  return connection
}

/** The network of a program, for a test that makes it bad and good again: as one of `tuntcp/testing`, with one link. */
export class ProgramNetwork {
  readonly #access: LinkAccess
  readonly #flows: FlowOrders<Direction>
  #names: Names | null = null

  /** @internal */
  constructor(access: LinkAccess) {
    this.#access = access
    this.#flows = new FlowOrders({
      connectionOf,
      hostAt: address => {
        const host = access.link()?.host
        return host?.interfaces.isOwn(address) ? host : null
      },
      inject: packet => access.link()?.faults.paths.inject(batchOf(packet)),
      follow: packet => {
        const open = access.link()
        if (open === null) return
        const { paths, directions } = open.faults
        const comesIn = open.host.interfaces.isOwn(destinationOf(packet, 0, packet.length)!)
        paths[comesIn && directions.includes('in') ? 'in' : 'out'].enter(batchOf(packet))
      },
      later,
    })
  }

  /** @internal The link is open. */
  attach({ faults }: ProgramLink): void {
    for (const direction of faults.directions)
      faults.paths[direction].middlebox = {
        alter: (b, start, length) => this.#flows.alter(b, start, length, direction, direction),
        takes: p => this.#flows.takes(p, direction, direction),
      }
  }

  /**
   * Faults of packets from now on, as `faults` of the configuration; those left out stay as they were, and `null` turns one off.
   * @throws Error when the program has connections already and began without faults, or uses another process's stack;
   *   RangeError or TypeError for what makes no sense
   */
  link(faults: LinkFaults): void {
    pathOptions(faults, 'faults')
    this.#access.change(faults)
  }

  /** As {@link link}. */
  change(faults: LinkFaults): void {
    this.link(faults)
  }

  /** As {@link TestNetwork.mtu}. @throws as {@link link} */
  mtu(bytes: Size | null, options: { readonly icmp?: boolean } = {}): void {
    checkNames('options', options, { icmp: true })
    this.link({ mtu: bytes, icmp: bytes === null ? null : (options.icmp ?? true) })
  }

  /** All is lost from now on, without a word, or all of one connection. @throws as {@link link}; TypeError for no socket */
  blackhole(socket?: net.Socket): void {
    if (socket === undefined) this.link({ blackhole: true })
    else this.#on().blackhole(socket)
  }

  /** Ends every {@link blackhole}, {@link firewall}, {@link cut} and {@link rebind}. @throws as {@link link} */
  heal(): void {
    this.link({ blackhole: null })
    this.#flows.heal()
  }

  /** As {@link TestNetwork.firewall}, without hosts. @throws as {@link link} */
  firewall(options: NoEnds<FirewallOptions>): Firewall<Direction> {
    return this.#on(options).firewall(options)
  }

  /** As {@link TestNetwork.cut}, without hosts. @throws as {@link link} */
  cut(options: NoEnds<CutOptions>): Cut<Direction>
  cut(socket: net.Socket, options: CutSocketOptions): Cut<Direction>
  cut(...args: [NoEnds<CutOptions>] | [net.Socket, CutSocketOptions]): Cut<Direction> {
    return this.#on(args.length === 1 ? args[0] : {}).cut(...args)
  }

  /** As {@link TestNetwork.rebind}. @throws as {@link link} */
  rebind(socket: net.Socket): number {
    return this.#on().rebind(socket)
  }

  /** As {@link TestNetwork.dropNext}, without hosts. @throws as {@link link} */
  dropNext(options: NoEnds<DropNextOptions> = {}): DropNext<Direction> {
    return this.#on(options).dropNext(options)
  }

  /** As {@link TestNetwork.reset}. @throws as {@link link} */
  reset(socket: net.Socket): void {
    this.#on().reset(socket)
  }

  /**
   * As {@link TestNetwork.dns}: what happens to `dns.lookup` from now on, by whomever it is called. Names of which nothing is
   * said are found as always.
   */
  dns(name: string, options: DnsFaults): void
  dns(options: DnsFaults): void
  dns(...args: [DnsFaults] | [string, DnsFaults]): void {
    this.#names ??= replaceLookup()
    changeNames(this.#names, args)
  }

  /** The orders about packets, of a link that minds them. */
  #on(options: object = {}): FlowOrders<Direction> {
    for (const end of ['from', 'to'])
      if (Object.hasOwn(options ?? {}, end))
        throw badValue(`The property 'options.${end}' is for networks with hosts: a program has one link`)
    this.#access.change({})
    return this.#flows
  }
}

type Rest = [options?: unknown, callback?: unknown]

/** Has all look-ups of the process go by names that may be told what happens to them. */
const replaceLookup = (): Names => {
  const { lookup, promises } = dns
  const names = new Names(later, lookup as LookupFunction)
  const replaced = (hostname: unknown, ...[options, callback]: Rest) => {
    const told = callback ?? options
    // Node refuses nonsense in its own words.
    if (typeof hostname !== 'string' || typeof told !== 'function')
      return (lookup as (...args: unknown[]) => unknown)(hostname, options, callback)
    const asked =
      typeof options === 'number' ? { family: options } : typeof options === 'object' ? options : {}
    names.lookup(hostname, asked ?? {}, told as Parameters<LookupFunction>[2])
    return {}
  }
  const promised = (hostname: string, options?: dns.LookupOptions | number) =>
    new Promise((resolve, reject) => {
      const all = typeof options === 'object' && options?.all
      replaced(hostname, options ?? {}, (error: Error | null, address: unknown, family: unknown) => {
        if (error !== null) reject(error)
        else resolve(all ? address : { address, family })
      })
    })
  // Among them those by which util.promisify knows it.
  const {
    length: _length,
    name: _name,
    prototype: _prototype,
    ...own
  } = Object.getOwnPropertyDescriptors(lookup)
  Object.defineProperties(replaced, own)
  dns.lookup = replaced as never
  promises.lookup = promised as never
  syncBuiltinESMExports()
  return names
}
