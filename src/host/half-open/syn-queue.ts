import { LinkedList, type ListEntry } from '../../base/linked-list.ts'
import type { Connection } from '../../tcp/block/connection.ts'
import type { TcpOptions } from '../../tcp/block/options.ts'
import type { Listener } from '../listener.ts'
import type { Peers } from '../memory/peers.ts'
import type { Terms } from './half-open.ts'

/** The half-open connections of a listener: a SYN has come and been answered. */
export class SynQueue {
  /** Whole control blocks, in the order in which they came: the first of them may be packed. */
  readonly fresh = new LinkedList<Connection>()
  /** Whole ones that cannot be packed. */
  readonly odd = new LinkedList<Connection>()
  packed = 0
  /** There are more whole ones than there should be, and the host knows. */
  crowded = false
  readonly #listener: Listener
  #terms: Terms | null = null

  constructor(listener: Listener) {
    this.#listener = listener
  }

  get size(): number {
    return this.fresh.size + this.odd.size + this.packed
  }

  /** The common part of connections with these options. */
  termsOf(options: Readonly<TcpOptions>): Terms {
    if (this.#terms?.options !== options) this.#terms = { listener: this.#listener, options }
    return this.#terms!
  }
}

/** A connection at its listener, until the user has it. */
export class PendingConnection {
  readonly listener: Listener
  /** In the SYN queue; null where it is not: a cookie has opened it. */
  #place: ListEntry<Connection> | null = null
  /** The list that its control block is in, while that is whole. */
  #list: LinkedList<Connection>
  readonly #peers: Peers

  constructor(listener: Listener, peers: Peers) {
    this.listener = listener
    this.#list = listener.synQueue.fresh
    this.#peers = peers
  }

  /** It is half-open. */
  joinSynQueue(c: Connection): void {
    this.enlist(c)
    this.#peers.halfOpen(c.remoteAddress, 1)
  }

  /** It is half-open no more. */
  leaveSynQueue(): void {
    if (this.#place === null) return
    const { item } = this.#place
    if (item !== null) this.#peers.halfOpen(item.remoteAddress, -1)
    this.delist()
  }

  /** Its control block joins the list of whole ones, as the youngest. */
  enlist(c: Connection): void {
    this.#place = this.#list.add(c)
  }

  /** Its control block leaves the list: it has been packed, or is half-open no more. */
  delist(): void {
    this.#list.delete(this.#place!)
    this.#place = null
  }

  /** It cannot be packed now: all others come first. */
  requeue(c: Connection): void {
    this.delist()
    this.enlist(c)
  }

  /** It can never be packed. */
  keepWhole(c: Connection): void {
    this.delist()
    this.#list = this.listener.synQueue.odd
    this.enlist(c)
  }
}
