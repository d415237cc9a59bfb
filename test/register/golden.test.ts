/** The scripts that tell node:net's behaviour to the event, on Node's own node:net, by the kernel and by a stack. */
import net from 'node:net'
import { networkInterfaces } from 'node:os'
import test from 'ava'
import { createStack } from '../../src/net/create-stack.ts'
import { install, type Surroundings } from '../../src/register/install.ts'
import { Routes } from '../../src/register/routes.ts'
import { ending } from '../net/golden-ending.ts'
import { families } from '../net/golden-families.ts'
import { opening } from '../net/golden-opening.ts'
import { serving } from '../net/golden-server.ts'
import type { Net, Scenario } from '../net/golden-support.ts'
import { bySide } from '../net/golden-traces.ts'
import { transfer } from '../net/golden-transfer.ts'
import { testUnless } from '../support/needs.ts'

let around: Surroundings | null = null
const uninstall = install(() => around)
test.after(() => uninstall())

const stack = createStack()
const onStack: Surroundings = { stack, routes: new Routes(['127.0.0.0/8', '::1'], 'stack') }
const hasIpv6 = Object.values(networkInterfaces()).some(all => all?.some(({ address }) => address === '::1'))

const traceOf = async (where: Surroundings | null, scenario: Scenario): Promise<string[]> => {
  const events: string[] = []
  around = where
  await scenario(net as unknown as Net, what => void events.push(what), '127.0.0.1', '127.0.0.2')
  around = null
  return events
}

for (const [group, scenarios] of Object.entries({ opening, ending, serving, transfer }))
  for (const [name, scenario] of Object.entries(scenarios))
    test.serial(`as the kernel: ${group}: ${name}`, async t => {
      const kernel = await traceOf(null, scenario)
      const ours = await traceOf(onStack, scenario)
      t.true(kernel.length > 0)
      t.deepEqual(bySide(ours), bySide(kernel))
    })

for (const [name, scenario] of Object.entries(families))
  testUnless(hasIpv6 ? null : 'the kernel has no ::1', test.serial)(
    `as the kernel: families: ${name}`,
    async t => {
      const kernel = await traceOf(null, scenario)
      const ours = await traceOf(onStack, scenario)
      t.true(kernel.length > 0)
      t.deepEqual(bySide(ours), bySide(kernel))
    },
  )
