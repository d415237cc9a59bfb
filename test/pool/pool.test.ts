/** Pools of stacks on a real device, with threads. */
import test from 'ava'
import { createStackPool, type StackPoolOptions } from '../../src/index.ts'
import { openTun } from '../../src/link/tun.ts'
import { poolSettings } from '../../src/pool/options.ts'
import { namespaceTest } from '../support/namespace.ts'
import { cases } from './pool-cases.ts'

const module = new URL('./pool-cases.js', import.meta.url)

for (const name of Object.keys(cases)) namespaceTest(`pool: ${name}`, module, name, ['ip', 'ping'])

test('pool: bad options are refused before anything is opened', async t => {
  const good = { module: 'file:///worker.js', address: '192.0.2.2/24', workers: 2 }
  const refused = async (bad: object, message: RegExp) =>
    t.throwsAsync(createStackPool({ ...good, ...bad } as StackPoolOptions), { message })
  await refused({ workers: 0 }, /workers must be a whole number from 1 to 32, not 0/)
  await refused({ workers: 33 }, /workers/)
  await refused({ flows: 0.5 }, /flows must be a whole number from 1/)
  await refused({ module: undefined }, /module must be a URL/)
  for (const module of ['./worker.js', 'worker.js', 'worker', ''])
    await refused({ module }, new RegExp(`module must be a URL.*, or an absolute path, not '${module}'$`))
  await refused({ worker: 2 }, /worker/)
  await refused({ tcp: { msl: -1 } }, /msl/)
  await refused({ memory: { high: 100_000 } }, /high/)
})

test('pool: a module is named by a URL or by an absolute path of any letters', t => {
  const named = (module: URL | string) => poolSettings({ module, address: '192.0.2.2/24' }).module
  t.is(named(new URL('file:///a/worker.js')), 'file:///a/worker.js')
  t.is(named('file:///a/worker.js'), 'file:///a/worker.js')
  t.is(named('/a/100%/#1?.js'), 'file:///a/100%25/%231%3F.js')
})

test('pool: a number of queues is a whole one', t => {
  for (const queues of [0, -1, 1.5, 257, Number.NaN])
    t.throws(() => openTun({ queues }), { instanceOf: RangeError, message: /not a number of queues/ })
})
