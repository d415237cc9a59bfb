/** Initial sequence numbers: RFC 6528. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { nodeRandom } from '../../src/net/node-random.ts'
import { abort } from '../../src/tcp/calls.ts'
import { dialogue } from '../support/dialogue.ts'

test('[R6528-1] the same four numbers again: ISS grows by one every 4 microseconds', t => {
  const d = dialogue()
  let before: number | null = null
  for (const ms of [0, 1, 10, 1000, 60_000]) {
    d.after(ms)
    const c = d.connect().connection!
    if (before !== null) t.is((c.snd.iss - before) | 0, ms * 250)
    before = c.snd.iss
    abort(c)
  }
})

test('[R6528-1] each of the four numbers makes another ISS', t => {
  const d = dialogue({ addresses: ['192.0.2.2/24', '192.0.2.3/24'] })
  const seen = new Set<number>()
  for (const local of [0xc000_0202 | 0, 0xc000_0203 | 0])
    for (const remote of [0xc000_0201 | 0, 0xc000_0204 | 0])
      for (const localPort of [80, 81])
        for (const remotePort of [4000, 4001])
          seen.add(
            d.host.connect(
              remote,
              remotePort,
              { established() {}, readable() {}, writable() {}, closed() {} },
              { localAddress: local, localPort },
            ).snd.iss,
          )
  t.is(seen.size, 16)
})

test('[R6528-2] ISS from port to port, and the steps between them, look uniform', t => {
  const d = dialogue()
  const values: number[] = []
  for (let port = 1; port <= 4096; port++) {
    d.localPort = port
    const c = d.connect().connection!
    values.push(c.snd.iss >>> 0)
    abort(c)
  }
  const chiSquare = (numbers: number[]) => {
    const counts = new Array<number>(64).fill(0)
    for (const n of numbers) counts[n >>> 26]!++
    const expected = numbers.length / 64
    return counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0)
  }
  // 63 degrees of freedom: above 110 once in 5,000 times; the seed is fixed.
  t.true(chiSquare(values) < 110)
  t.true(chiSquare(values.slice(1).map((n, i) => (n - values[i]!) >>> 0)) < 110)
})

test('[R6528-3] two hosts have different secrets', t => {
  const iss = (seed: number) => dialogue({ seed }).connect().connection!.snd.iss
  t.not(iss(1), iss(2))
  t.is(iss(1), iss(1))
})

test('[R6528-4][R6056-5] the secrets come from the cryptographic generator; nothing in the core draws its own', t => {
  for (const room of ['tcp', 'host', 'wire', 'net'])
    for (const entry of readdirSync(join('src', room), { recursive: true, withFileTypes: true }))
      if (entry.isFile()) {
        const text = readFileSync(join(entry.parentPath, entry.name), 'utf8')
        t.notRegex(text, /Math\.random/, entry.name)
      }
  t.regex(readFileSync('src/net/node-random.ts', 'utf8'), /randomFillSync.*node:crypto/)
  const drawn = Array.from({ length: 256 }, () => nodeRandom.uint32())
  t.is(new Set(drawn).size, 256)
})
