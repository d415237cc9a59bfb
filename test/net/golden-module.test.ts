import nodeNet from 'node:net'
import test from 'ava'
import net from '../../src/net/net.ts'
import { DIFFERENCES } from './golden-differences.ts'
import { ending } from './golden-ending.ts'
import { opening } from './golden-opening.ts'
import { serving } from './golden-server.ts'
import type { Net, Scenario } from './golden-support.ts'
import { bySide } from './golden-traces.ts'
import { transfer } from './golden-transfer.ts'

const traceOf = async (module: Net, scenario: Scenario): Promise<string[]> => {
  const events: string[] = []
  await scenario(module, what => void events.push(what), '127.0.0.1', '127.0.0.2')
  return events
}

for (const [group, scenarios] of Object.entries({ opening, ending, serving, transfer }))
  for (const [name, scenario] of Object.entries(scenarios))
    test.serial(`as node:net: ${group}: ${name}`, async t => {
      const kernel = await traceOf(nodeNet as unknown as Net, scenario)
      const ours = await traceOf(net as unknown as Net, scenario)
      const { changes = [] } = DIFFERENCES[`${group}: ${name}`] ?? {}
      const expected = kernel.map(line => changes.reduce((text, [from, to]) => text.replace(from, to), line))
      t.true(kernel.length > 0)
      t.deepEqual(bySide(ours), bySide(expected))
      if (changes.length > 0) t.notDeepEqual(expected, kernel)
    })
