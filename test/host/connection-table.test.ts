/** The table of connections against a Map. */
import test from 'ava'
import fc from 'fast-check'
import { ConnectionTable } from '../../src/host/connection-table.ts'
import { Flow } from '../../src/ip/flow.ts'
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

test('it grows with what is in it, and loses nothing', t => {
  const table = new ConnectionTable<Entry>(7)
  const all = Array.from({ length: 5000 }, (_, n) => entry(1, 80, n % 50, n))
  for (const e of all) table.add(e)
  t.is(table.size, 5000)
  for (const e of all) t.is(table.of(e), e)
  for (const e of all) table.delete(e)
  t.is(table.size, 0)
  for (const e of all) t.is(table.of(e), null)
})
