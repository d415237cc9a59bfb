import test from 'ava'
import { LinkedList } from '../../src/base/linked-list.ts'

test('a registry lists what is in it in the order in which it came', t => {
  const registry = new LinkedList<string>()
  const [first, second, third] = ['first', 'second', 'third'].map(item => registry.add(item))
  registry.delete(second!)
  registry.add('fourth')
  t.deepEqual(registry.list(), ['first', 'third', 'fourth'])
  registry.delete(first!)
  t.deepEqual(registry.list(), ['third', 'fourth'])
  registry.delete(third!)
  registry.add('fifth')
  t.deepEqual(registry.list(), ['fourth', 'fifth'])
  t.is(registry.first, 'fourth')
  t.is(registry.size, 2)
})

test('what was deleted is deleted once', t => {
  const registry = new LinkedList<string>()
  const place = registry.add('first')
  registry.add('second')
  registry.delete(place)
  registry.delete(place)
  t.is(registry.size, 1)
  registry.clear()
  t.deepEqual([registry.size, registry.list(), registry.first], [0, [], null])
  registry.add('third')
  t.deepEqual(registry.list(), ['third'])
})

test('a place that was given up leads to nothing, which it would keep alive', t => {
  const registry = new LinkedList<string>()
  const places = ['first', 'second', 'third', 'fourth'].map(item => registry.add(item))
  registry.delete(places[1]!)
  registry.clear()
  for (const { item, previous, next } of places) t.deepEqual([item, previous, next], [null, null, null])
})
