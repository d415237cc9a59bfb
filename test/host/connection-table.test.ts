/** The table of connections against a Map. */
import test from 'ava'
import fc from 'fast-check'
import { ConnectionTable } from '../../src/host/connection-table.ts'
import { Flow } from '../../src/ip/flow.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { type Address, parseAddress } from '../../src/wire/address.ts'
import { sweep } from '../support/sweep.ts'

/** Every second address is as IPv6 has it. */
const address = (n: number): Address => (n & 1 ? parseAddress(`2001:db8::${(n & 0xffff).toString(16)}`) : n)

const entry = (local: number, localPort: number, remote: number, remotePort: number) =>
  new Flow(address(local), localPort, address(remote), remotePort)

type Entry = ReturnType<typeof entry>

/** Few values of most numbers, so that entries that differ in one alone are looked for one after the other. */
const tuple = fc.tuple(
  fc.constantFrom(1, -2, 11),
  fc.constantFrom(80, 81),
  fc.constantFrom(3, -4, 13),
  fc.integer({ min: 1000, max: 1030 }),
)
const step = fc.record({ do: fc.constantFrom('add', 'delete', 'get', 'get'), tuple })

test('what was added and not deleted is found under its four numbers, nothing else, in whatever order it is asked for', t => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.integer(), (steps, key) => {
      const table = new ConnectionTable<Entry>(key)
      const model = new Map<string, Entry>()
      // Nearly full, so that most have to go past others.
      for (let n = 0; n < 170; n++) {
        const e = entry(1 - 3 * (n & 1), 80 + ((n >> 1) & 1), 3, 1000 + (n >> 2))
        table.add(e)
        model.set(names(e), e)
      }
      for (const { do: what, tuple } of steps) {
        const name = names(entry(...tuple))
        const known = model.get(name)
        if (what === 'add' && known === undefined) {
          const added = entry(...tuple)
          table.add(added)
          model.set(name, added)
        } else if (what === 'delete' && known !== undefined) {
          table.delete(known)
          model.delete(name)
        }
        const [local, localPort, remote, remotePort] = tuple
        const found = table.get(address(local), localPort, address(remote), remotePort)
        if (found !== (model.get(name) ?? null) || table.size !== model.size) return false
      }
      for (const e of model.values()) if (table.of(e) !== e) return false
      return [...table].length === model.size && [...table].every(e => model.has(names(e)))
    }),
    { numRuns: sweep(500, 100), seed: 11 },
  )
  t.pass()
})

const names = (e: Entry): string => `${e}`

/** Entries come and go, as a wave of so many rises and falls; one after each change is looked for, and now and then all. */
test('it grows and shrinks by and by: meanwhile all that is in it is found, told and taken out once, and nothing else', t => {
  for (const most of [300, 2000, 9000]) {
    const random = new SeededRandom(most)
    const below = (n: number): number => random.uint32() % n
    const table = new ConnectionTable<Entry>(random.uint32())
    const all: Entry[] = []
    const gone: Entry[] = []
    const take = (): void => {
      const at = below(all.length)
      const taken = all[at]!
      all[at] = all.at(-1)!
      all.pop()
      table.delete(taken)
      table.delete(taken)
      gone.push(taken)
    }
    const exchange = (): void => {
      const at = below(all.length)
      const old = all[at]!
      all[at] = new Flow(old.localAddress, old.localPort, old.remoteAddress, old.remotePort)
      table.replace(old, all[at])
    }
    let rising = true
    for (let n = 0; n < 6 * most; n++) {
      rising = rising ? all.length < most : all.length < most / 100
      if (all.length === 0 || below(10) < (rising ? 9 : 1)) {
        const added = entry(below(3), 80, n, below(60_000))
        table.add(added)
        all.push(added)
      } else take()
      if (all.length > 0) exchange()
      if (table.size !== all.length) return t.fail(`${table.size} of ${all.length}`)
      if (all.length > 0) {
        const one = all[below(all.length)]!
        if (table.of(one) !== one) return t.fail(`${one} is not found`)
      }
      if (gone.length > 0 && table.of(gone[below(gone.length)]!) !== null)
        return t.fail('one is found that is gone')
      if (n % (most >> 2) > 0) continue
      const told = [...table]
      if (told.length !== all.length || !all.every(e => told.includes(e))) return t.fail('all are not told')
    }
    while (all.length > 0) take()
    t.deepEqual([...table], [])
  }
})

test('those that there are now are told, whatever becomes of them meanwhile', t => {
  const table = new ConnectionTable<Entry>(7)
  const all = Array.from({ length: 300 }, (_, n) => entry(1, 80, n, n))
  for (const e of all) table.add(e)
  const now = table.now()
  const told = [now.next().value as Entry]
  for (const e of all) table.delete(e)
  for (let n = 1000; n < 9000; n++) table.add(entry(1, 80, n, n))
  told.push(...now)
  t.is(told.length, 300)
  t.true(all.every(e => told.includes(e)))
})
