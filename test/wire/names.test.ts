import test from 'ava'
import { checkNames, instead, nearest } from '../../src/wire/names.ts'

test('the nearest name is one that a slip of the pen makes of it', t => {
  const known = ['seed', 'time', 'timers', 'tcp', 'ladder']
  t.is(nearest('tyme', known), 'time')
  t.is(nearest('Seed', known), 'seed')
  t.is(nearest('lader', known), 'ladder')
  t.is(nearest('colour', known), null)
  t.is(nearest('lad', known), 'ladder')
  t.is(nearest('la', known), null)
  t.is(nearest('FIN', ['FIN_WAIT_1', 'FIN_WAIT_2']), null)
  t.is(nearest('t'.repeat(1_000_000), known), null)
  t.is(instead('colour', ['a', 'b']), '. There are a, b')
})

test('unknown names are refused, also those that every object has', t => {
  t.notThrows(() => checkNames('options', { a: undefined }, { a: true }))
  t.throws(() => checkNames('options', { tyme: 1 }, { time: true }), {
    instanceOf: TypeError,
    code: 'ERR_INVALID_ARG_VALUE',
    message: "The property 'options.tyme' does not exist: did you mean 'time'? There are time",
  })
  t.throws(() => checkNames('options', { toString: 1 }, { time: true }), { message: /'options\.toString'/ })
  for (const none of [null, undefined, 3, 'text']) t.notThrows(() => checkNames('options', none, {}))
})
