/** The shares of peers are kept where no peer can foretell. */
import test from 'ava'
import { memoryOptions } from '../../src/host/memory/options.ts'
import { Peers } from '../../src/host/memory/peers.ts'
import { parseAddress } from '../../src/wire/address.ts'

/** V8's hash of a small integer, which is no secret. */
const hashOf = (n: number): number => {
  let h = (~n + (n << 15)) | 0
  h ^= h >>> 12
  h = (h + (h << 2)) | 0
  h ^= h >>> 4
  h = Math.imul(h, 2057)
  return h ^ (h >>> 16)
}

/** The low bits by which a map of some thousand entries finds a place. */
const PLACES = 1 << 12

/** Addresses that have one place in a map of their own. */
const forged = (() => {
  const list: number[] = []
  for (let n = 1; list.length < 300; n++) if ((hashOf(n) & (PLACES - 1)) === 7) list.push(n)
  return list
})()

/** The keys that `work` has maps look for. */
const keysOf = (work: () => void): unknown[] => {
  const { get } = Map.prototype
  const keys: unknown[] = []
  Map.prototype.get = function (key: unknown) {
    keys.push(key)
    return get.call(this, key)
  }
  try {
    work()
  } finally {
    Map.prototype.get = get
  }
  return keys
}

const keptBy = (key: number): number[] => {
  const peers = new Peers(memoryOptions({ peerHalfOpen: 4 }), key)
  return keysOf(() => {
    for (const address of forged) peers.halfOpen(address, 1)
  }) as number[]
}

test('addresses that are chosen to have one place in a map have places all over it, others for each secret', t => {
  const places = (keys: readonly number[]): Set<number> =>
    new Set(keys.map(key => hashOf(key) & (PLACES - 1)))
  t.is(places(forged).size, 1)
  const all = [1, 2, -3, 0x7fff_ffff].map(keptBy)
  for (const keys of all) {
    t.is(new Set(keys).size, forged.length)
    t.true(places(keys).size > 0.9 * forged.length)
  }
  t.is(new Set(all.map(keys => keys[0])).size, all.length)
})

test('each address has limits of its own, whatever the secret is, and of IPv6 each /64', t => {
  for (const key of [0, 1, -1, 0x1234_5678]) {
    const peers = new Peers(memoryOptions({ peerHalfOpen: 2, peerConnections: 1 }), key)
    const [one, other] = [parseAddress('192.0.2.1'), parseAddress('192.0.2.2')]
    const [six, same, another] = ['2001:db8::1', '2001:db8::2', '2001:db8:0:1::1'].map(parseAddress)
    for (const address of [one, six!]) {
      peers.halfOpen(address, 1)
      t.false(peers.isHalfFull(address))
      peers.halfOpen(address, 1)
      peers.connect(address, 1)
      t.true(peers.isHalfFull(address) && peers.isFull(address))
    }
    t.false(peers.isHalfFull(other) || peers.isFull(other))
    t.true(peers.isHalfFull(same!))
    t.false(peers.isHalfFull(another!))
    for (const address of [one, six!]) {
      peers.halfOpen(address, -2)
      peers.connect(address, -1)
    }
    t.is(peers.size, 0)
  }
})
