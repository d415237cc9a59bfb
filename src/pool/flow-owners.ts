/** The owner of each flow: a hash table in memory that all workers share. */
import { Secret } from '../host/secret.ts'
import { portsOf } from '../ip/flow.ts'
import { NO_ROOM, NOBODY, OURS } from '../ip/pool.ts'
import type { Address } from '../wire/address.ts'

/** Locks, each of one bucket in so many; a power of two. */
const LOCKS = 1024
/** Numbers of a node: the next node of its bucket, and the 64 bits that stand for its flow. */
const NODE = 3
/** The wait for a lock (ms) after so many vain tries: its holder's thread may have lost its processor. */
const PATIENCE = 1
const TRIES = 100

/** The number of workers, and of flows that each may have. */
export interface FlowOwnersShape {
  readonly workers: number
  readonly flows: number
}

/** About one bucket for each two flows of one worker; a power of two. */
const bucketsFor = ({ flows }: FlowOwnersShape): number => Math.max(LOCKS, 2 ** Math.floor(Math.log2(flows)))

/** Bytes of the shared memory. The kernel gives its pages when they are first used. */
export const flowOwnersBytes = (shape: FlowOwnersShape): number =>
  4 * (LOCKS + bucketsFor(shape) + NODE * shape.workers * shape.flows)

/**
 * One worker's view of the table. Buckets are chains of nodes. Each worker has a range of nodes of its own: the number of a
 * node tells whose the flow is, and a worker's spare nodes are its own business. A chain is whole after every single
 * store; so a worker that dies in the middle of one leaves nothing worse than a lock that {@link evict} breaks.
 *
 * A flow is stood for by 64 bits of a keyed hash: that two flows have the same is less likely than a broken memory, and
 * nobody who does not know the key can look for such a pair.
 */
export class FlowOwners {
  readonly #me: number
  readonly #shape: FlowOwnersShape
  readonly #hash: Secret
  readonly #locks: Int32Array
  /** For each bucket the number of its first node and one; 0: none. */
  readonly #heads: Int32Array
  readonly #nodes: Int32Array
  readonly #mask: number
  /** The first of our nodes that is free again, and one; they are linked as those of a bucket. */
  #free = 0
  /** The first of our nodes that was never used. */
  #fresh: number
  #low = 0
  #high = 0

  /**
   * @param me the number of the worker; its nodes must be free
   * @param key 16 bytes, the same for all
   */
  constructor(memory: SharedArrayBuffer, shape: FlowOwnersShape, me: number, key: Uint8Array) {
    const buckets = bucketsFor(shape)
    this.#me = me
    this.#shape = shape
    this.#hash = new Secret(key)
    this.#locks = new Int32Array(memory, 0, LOCKS)
    this.#heads = new Int32Array(memory, 4 * LOCKS, buckets)
    this.#nodes = new Int32Array(memory, 4 * (LOCKS + buckets), NODE * shape.workers * shape.flows)
    this.#mask = buckets - 1
    this.#fresh = me * shape.flows
  }

  /** Takes a flow. Returns OURS, the number of the worker that has it, or NO_ROOM. */
  claim(local: Address, localPort: number, remote: Address, remotePort: number): number {
    const bucket = this.#bucket(local, localPort, remote, remotePort)
    this.#lock(bucket)
    const found = this.#find(bucket)
    let result = OURS
    if (found >= 0) {
      const owner = this.#ownerOf(found)
      result = owner === this.#me ? OURS : owner
    } else {
      const node = this.#take()
      if (node < 0) result = NO_ROOM
      else {
        const nodes = this.#nodes
        nodes[NODE * node] = this.#heads[bucket]!
        nodes[NODE * node + 1] = this.#low
        nodes[NODE * node + 2] = this.#high
        this.#heads[bucket] = node + 1
      }
    }
    this.#unlock(bucket)
    return result
  }

  /** Gives a flow up, if it is ours. */
  release(local: Address, localPort: number, remote: Address, remotePort: number): void {
    const bucket = this.#bucket(local, localPort, remote, remotePort)
    this.#lock(bucket)
    const node = this.#find(bucket)
    const ours = node >= 0 && this.#ownerOf(node) === this.#me
    if (ours) this.#unlink(bucket, node)
    this.#unlock(bucket)
    if (!ours) return
    this.#nodes[NODE * node] = this.#free
    this.#free = node + 1
  }

  /** Returns the number of the worker that has a flow, this one too, or NOBODY. */
  ownerOf(local: Address, localPort: number, remote: Address, remotePort: number): number {
    const bucket = this.#bucket(local, localPort, remote, remotePort)
    this.#lock(bucket)
    const node = this.#find(bucket)
    this.#unlock(bucket)
    return node < 0 ? NOBODY : this.#ownerOf(node)
  }

  /** Takes all flows from a worker that is dead. Its successor finds all of its nodes free. */
  evict(worker: number): void {
    for (let i = 0; i < LOCKS; i++) Atomics.compareExchange(this.#locks, i, worker + 1, 0)
    for (let bucket = 0; bucket <= this.#mask; bucket++) {
      // A store that is under way elsewhere is seen the next time; a dead worker makes none.
      if (this.#heads[bucket] === 0) continue
      this.#lock(bucket)
      for (let next = this.#heads[bucket]!; next !== 0; ) {
        const node = next - 1
        next = this.#nodes[NODE * node]!
        if (this.#ownerOf(node) === worker) this.#unlink(bucket, node)
      }
      this.#unlock(bucket)
    }
  }

  /** Returns the bucket of a flow, whose hash is in hand then. */
  #bucket(local: Address, localPort: number, remote: Address, remotePort: number): number {
    const { low, high } = this.#hash.tuple(local, remote, portsOf(localPort, remotePort))
    this.#low = low
    this.#high = high
    return low & this.#mask
  }

  /** Returns the node of the flow whose hash is in hand, or -1. */
  #find(bucket: number): number {
    const nodes = this.#nodes
    for (let next = this.#heads[bucket]!; next !== 0; next = nodes[NODE * (next - 1)]!) {
      const at = NODE * (next - 1)
      if (nodes[at + 1] === this.#low && nodes[at + 2] === this.#high) return next - 1
    }
    return -1
  }

  /** Takes a node out of its bucket. */
  #unlink(bucket: number, node: number): void {
    const nodes = this.#nodes
    const after = nodes[NODE * node]!
    if (this.#heads[bucket] === node + 1) {
      this.#heads[bucket] = after
      return
    }
    let before = this.#heads[bucket]! - 1
    while (nodes[NODE * before] !== node + 1) before = nodes[NODE * before]! - 1
    nodes[NODE * before] = after
  }

  #ownerOf(node: number): number {
    return Math.floor(node / this.#shape.flows)
  }

  /** Returns a node of ours that is in no bucket, or -1. */
  #take(): number {
    if (this.#free !== 0) {
      const node = this.#free - 1
      this.#free = this.#nodes[NODE * node]!
      return node
    }
    return this.#fresh < (this.#me + 1) * this.#shape.flows ? this.#fresh++ : -1
  }

  #lock(bucket: number): void {
    const i = bucket & (LOCKS - 1)
    for (let tries = 1; ; tries++) {
      const holder = Atomics.compareExchange(this.#locks, i, 0, this.#me + 1)
      if (holder === 0) return
      if (tries % TRIES === 0) Atomics.wait(this.#locks, i, holder, PATIENCE)
    }
  }

  #unlock(bucket: number): void {
    Atomics.store(this.#locks, bucket & (LOCKS - 1), 0)
  }
}
