/** A list that is filled and emptied again and again. */
import test from 'ava'
import { ReusedList } from '../../src/base/reused-list.ts'

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

test('it keeps its memory, and nobody who was in it', t => {
  const [list, other] = [new ReusedList<object>(), new ReusedList<object>()]
  for (const empty of [() => list.clear(), () => list.moveTo(other, 1)]) {
    for (let n = 0; n < 3; n++) list.push({ n })
    empty()
    for (let n = 0; n < 3; n++) t.is(list.at(n) as unknown, null)
  }
})
