import test from 'ava'
import { BackOff } from '../../src/host/back-off.ts'

test('the wait doubles with each failure, up to 64 times; a success ends it; what failed longest ago makes room', t => {
  const b = new BackOff(3, 100)
  let now = 0
  for (const wait of [100, 200, 400, 800, 1600, 3200, 6400, 6400]) {
    b.failed('a', now)
    t.false(b.mayTry('a', now + wait - 1), `${wait}`)
    t.true(b.mayTry('a', now + wait), `${wait}`)
    now += wait
  }
  t.true(b.mayTry('b', now))
  b.failed('a', now)
  b.succeeded('a')
  t.true(b.mayTry('a', now))
  for (const key of ['a', 'b', 'c', 'd']) b.failed(key, now)
  t.is(b.size, 3)
  t.true(b.mayTry('a', now))
  t.false(b.mayTry('b', now))
})
