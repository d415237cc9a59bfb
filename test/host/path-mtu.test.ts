/** The host's memory of paths: RFC 1191 §6.2, §6.3. */
import test from 'ava'
import { PathMtus } from '../../src/ip/path-mtu-cache.ts'

test('[R1191-4] a path is known for ten minutes after the last that was heard of it', t => {
  const paths = new PathMtus()
  paths.learn(1, 1000, false, 0)
  t.is(paths.lookUp(1, 599_999)!.mtu, 1000)
  paths.learn(1, 900, false, 300_000)
  t.is(paths.lookUp(1, 899_999)!.mtu, 900)
  t.is(paths.lookUp(1, 900_000), null)
})

test('a router that is to fragment for one connection does so for all', t => {
  const paths = new PathMtus()
  paths.learn(1, 552, true, 0)
  paths.learn(1, 552, false, 1)
  t.true(paths.lookUp(1, 2)!.fragment)
})

test('of 100,000 destinations 4096 are remembered, those heard of last', t => {
  const paths = new PathMtus()
  for (let n = 0; n < 100_000; n++) paths.learn(n, 1000, false, n / 100)
  let known = 0
  for (let n = 0; n < 100_000; n++) if (paths.lookUp(n, 1000) !== null) known++
  t.is(known, 4096)
  t.is(paths.lookUp(99_999, 1000)!.mtu, 1000)
  t.is(paths.lookUp(95_903, 1000), null)
})
