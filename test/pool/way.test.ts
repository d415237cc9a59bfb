/** The way between two workers: what is on it is bounded, and what a dead worker has not taken is not held against its successor. */
import { once } from 'node:events'
import { MessageChannel } from 'node:worker_threads'
import test from 'ava'
import type { HandedOver } from '../../src/ip/pool.ts'
import { Way, wayOver } from '../../src/pool/way.ts'

const packets = (count: number, length = 1): HandedOver[] =>
  Array.from({ length: count }, () => ({
    bytes: new Uint8Array(length),
    sum: 0,
    segmentSize: 0,
    seen: 1,
    loopback: false,
  }))

test('packets come out at the other end; only so many are under way, and those that are taken make room', async t => {
  const [here, there] = wayOver(new MessageChannel())
  const way = new Way(here, () => t.fail())
  let sent = 0
  while (way.send(packets(64))) sent += 64
  t.is(sent, 4096)
  t.false(way.send(packets(1)))
  let taken = 0
  const other = new Way(there, some => {
    taken += some.length
  })
  there.port.ref()
  while (taken < sent) await once(there.port, 'message')
  t.is(taken, sent)
  t.true(way.send(packets(4096)), 'there is room for as many again')
  t.true(other.send(packets(4096)), 'the other direction has room of its own')
  way.close()
  other.close()
})

test('of large packets only so many bytes are under way', async t => {
  const [here, there] = wayOver(new MessageChannel())
  const way = new Way(here, () => t.fail())
  let sent = 0
  while (way.send(packets(16, 65_536))) sent += 16
  t.is(sent * 65_536, 8 << 20)
  t.false(way.send(packets(1)))
  let taken = 0
  const other = new Way(there, some => {
    taken += some.length
  })
  there.port.ref()
  while (taken < sent) await once(there.port, 'message')
  t.true(way.send(packets(64, 65_536)), 'there is room for a whole batch again')
  way.close()
  other.close()
})

test('what a dead worker has not taken takes no room of its successor', t => {
  const [here, there] = wayOver(new MessageChannel())
  const way = new Way(here, () => {})
  there.port.close()
  t.true(way.send(packets(4096)))
  t.false(way.send(packets(1)))
  way.close()
  const [again] = wayOver(new MessageChannel())
  const successor = new Way(again, () => {})
  t.true(successor.send(packets(4096)))
  successor.close()
})
