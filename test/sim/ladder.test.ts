/** The ladder of a run: each packet and its fate. */
import test from 'ava'
import { isData, nth } from '../../src/link/path/script.ts'
import { createNetwork } from '../../src/sim/network.ts'
import { pair, run, transfer } from '../support/transfers.ts'

test('the ladder tells what became of each packet', t => {
  const { network, a, b } = pair(3, { delay: 10, drop: nth(2, isData) }, { timestamps: false })
  run(network, () => transfer(a, b, 3000))
  const lines = String(network.ladder).split('\n')
  const first = lines[0]!
  t.regex(
    first,
    /^ *0\.000 a→b {2}198\.18\.0\.1\.\d+ > 198\.18\.0\.2\.80: Flags \[S\], seq \d+, .*length 0 {2}→ at 10\.000$/,
  )
  const data = lines.filter(line => /length [1-9]/.test(line))
  t.regex(data[0]!, /^ *20\.000 a→b .*Flags \[\.\], seq 1:1461, ack 1, .*, length 1460 {2}→ at 30\.000$/)
  t.regex(data[1]!, /seq 1461:2921, .* → lost: script$/)
  t.regex(data[2]!, /seq 2921:3001, .* → at 30\.000$/)
  t.is(lines.filter(line => line.includes('seq 1461:2921')).length, 2)
  t.false(lines.some(line => line.includes('under way')))
})

test('the ladder names every fate', t => {
  const { network, a, b, link } = pair(3, { delay: 10 }, { timestamps: false })
  link.aToB.change({
    duplicate: nth(1),
    corrupt: nth(2),
    reorder: nth(4),
    rate: 1e6,
    ecnThreshold: 0,
    queue: 2000,
  })
  transfer(a, b, 6000)
  network.run(1)
  t.regex(network.report(), /→ duplicated$/m)
  network.run(60)
  link.bToA.change({ blackhole: true })
  network.run(3000)
  const report = network.report()
  t.regex(report, /^seed 3, at 3061\.000 ms$/m)
  for (const fate of [
    /→ corrupted, /,
    /held back, at /,
    /lost: queue full/,
    /lost: black hole/,
    /duplicated, at [\d.]+, at /,
  ])
    t.regex(report, fate)
})

test('the ladder keeps its last lines, and numbers stay relative though the SYN is gone', t => {
  const network = createNetwork({ seed: 1, ladder: 5 })
  const [a, b] = [network.host('a'), network.host('b')]
  network.link(a, b, { delay: 1 })
  run(network, () => transfer(a, b, 100_000))
  const lines = String(network.ladder).split('\n')
  t.is(lines.length, 6)
  t.regex(lines[0]!, /^… \d\d+ packets before$/)
  t.true(
    lines.slice(1).some(line => / (seq|ack) 10000[12],/.test(line)),
    lines.join('\n'),
  )
  t.is(String(network.ladder), lines.join('\n'))
  const none = createNetwork({ seed: 1, ladder: 0 })
  t.is(none.ladder, null)
  t.is(none.report(), 'seed 1, at 0.000 ms')
  t.throws(() => createNetwork({ seed: 1, ladder: -1 }), { instanceOf: RangeError })
})

test('what fails under guard bears the seed and the ladder', t => {
  const { network, a, b } = pair('guarded', { delay: 10 })
  const error = t.throws(() =>
    network.guard(() => {
      a.connect(b.address, 80, { established() {}, readable() {}, writable() {}, closed() {} })
      network.run(100)
      throw new RangeError('it does not hold')
    }),
  )
  t.regex(
    error.message,
    /^it does not hold\nseed "guarded", at 100\.000 ms\n.*Flags \[S\].*\n.*Flags \[R\.\]/,
  )
  t.true(error.cause instanceof RangeError)
  t.is(
    network.guard(() => 7),
    7,
  )
})
