import test from 'ava'
import { Flow } from '../../src/ip/flow.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { Flags } from '../../src/tcp/block/packed-flags.ts'
import { ANY_IPV4 } from '../../src/wire/address.ts'

/** Fields of more than one bit, and the largest value of each. */
const NUMBERS: Readonly<Record<string, number>> = { ackDue: 2, notices: 0x7f }

test('the flags of a connection share a word, and none of them another’s bits: a model of separate ones says the same', t => {
  const names = Object.entries(Object.getOwnPropertyDescriptors(Flags.prototype))
    .filter(([name, { set }]) => set !== undefined && name !== 'flagBits')
    .map(([name]) => name)
  t.true(names.length > 15, `${names}`)
  const flags = new Flags(new Flow(ANY_IPV4, 1, ANY_IPV4, 2)) as unknown as Record<string, number | boolean>
  const model: Record<string, number | boolean> = Object.fromEntries(
    names.map(name => [name, name in NUMBERS ? 0 : false]),
  )
  const random = new SeededRandom(1)
  for (let step = 0; step < 2000; step++) {
    const name = names[random.uint32() % names.length]!
    const most = NUMBERS[name]
    const value = most === undefined ? random.uint32() % 2 === 1 : random.uint32() % (most + 1)
    flags[name] = value
    model[name] = value
    for (const each of names)
      if (flags[each] !== model[each]) t.is(flags[each], model[each], `${each} after ${name}`)
  }
  t.pass()
})
