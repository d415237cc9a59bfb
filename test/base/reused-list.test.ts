/** A list that is filled and emptied again and again. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import test from 'ava'
import { ReusedList } from '../../src/base/reused-list.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const itemsOf = <T>(list: ReusedList<T>): T[] => Array.from({ length: list.length }, (_, i) => list.at(i))

test('items stand in the order in which they came, again and again', t => {
  const list = new ReusedList<number>()
  for (const most of [5, 3, 8]) {
    for (let n = 0; n < most; n++) list.push(n)
    t.deepEqual(
      itemsOf(list),
      Array.from({ length: most }, (_, n) => n),
    )
    list.clear()
    t.is(list.length, 0)
  }
})

test('what stands from a place on moves behind what another list has, and the rest is gone', t => {
  const [from, to] = [new ReusedList<string>(), new ReusedList<string>()]
  for (const letter of 'abcd') from.push(letter)
  to.push('x')
  from.moveTo(to, 2)
  t.deepEqual(itemsOf(to), ['x', 'c', 'd'])
  t.deepEqual(itemsOf(from), [])
  to.moveTo(from)
  t.deepEqual(itemsOf(from), ['x', 'c', 'd'])
})

test('it keeps its memory, and nobody who was in it', async t => {
  const list = new ReusedList<object>()
  const refs: WeakRef<object>[] = []
  const fill = () => {
    for (let n = 0; n < 100; n++) {
      const item = { n }
      refs.push(new WeakRef(item))
      list.push(item)
    }
    list.clear()
  }
  fill()
  // What was seen in a turn stays until it is over.
  await new Promise(resolve => setImmediate(resolve))
  collect()
  t.true(refs.every(ref => ref.deref() === undefined))
})
