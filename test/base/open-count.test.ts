import test from 'ava'
import { OpenCount } from '../../src/base/open-count.ts'

test('it tells once when nothing is open any more', t => {
  const count = new OpenCount()
  let told = 0
  count.onceEmpty(() => told++)
  count.add()
  count.add()
  count.delete()
  t.is(count.size, 1)
  t.is(told, 0)
  count.delete()
  t.is(told, 1)
  count.add()
  count.delete()
  t.is(told, 1)
  t.is(count.size, 0)
})

test('who no longer waits is not told, and who waits again when it is told is told again', t => {
  const count = new OpenCount()
  const told: string[] = []
  count.add()
  count.onceEmpty(() => told.push('nobody'))
  count.onceEmpty(null)
  count.delete()
  t.deepEqual(told, [])
  count.onceEmpty(() => {
    told.push('first')
    count.onceEmpty(() => told.push('second'))
  })
  for (let i = 0; i < 3; i++) {
    count.add()
    count.delete()
  }
  t.deepEqual(told, ['first', 'second'])
})
