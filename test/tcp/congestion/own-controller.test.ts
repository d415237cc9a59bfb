/** docs/congestion-control.md: a controller of the user's own. */
import { readFileSync } from 'node:fs'
import test from 'ava'
import { congestionControls } from '../../../src/index.ts'
import { isCongestionControl } from '../../../src/tcp/congestion/registry.ts'
import { Aimd } from '../../examples/aimd.ts'
import { Bottleneck } from './bottleneck.ts'

test('the document’s example is the code that is tested, but for the name of the package', t => {
  const code = readFileSync('test/examples/aimd.ts', 'utf8').replace(`'../../src/index.ts'`, `'tuntcp'`)
  const blocks = [...readFileSync('docs/congestion-control.md', 'utf8').matchAll(/```ts\n(.*?)```/gs)]
  t.deepEqual(
    blocks.map(block => block[1]),
    [code],
  )
})

test('a controller that is registered serves connections, and shares with Cubic', t => {
  t.true(isCongestionControl('aimd'))
  t.true(congestionControls().includes('aimd'))
  const b = new Bottleneck(1, { delay: 20, rate: 20e6, queue: 100_000 })
  const own = b.flow('aimd')
  t.true(own.connection.congestion instanceof Aimd)
  t.is(own.connection.congestion.name, 'aimd')
  b.run(2000, own)
  const [alone] = b.run(5000, own)
  t.true(alone!.rate > 18e6, `${alone!.rate}`)
  const cubic = b.flow('cubic')
  b.run(10_000, own, cubic)
  const [x, y] = b.run(20_000, own, cubic)
  t.true(x!.rate > 4e6 && y!.rate > 4e6 && x!.rate + y!.rate > 18e6, `${x!.rate} ${y!.rate}`)
})
