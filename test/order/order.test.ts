/** The order of what a program sees: on node:net and the kernel, and on each of our faces. */
import test from 'ava'
import { protocolOf } from './notes.ts'
import { situations } from './situations-all.ts'
import { kernel, loopback, network, register, servedFace, type World } from './world.ts'

const WORLDS: Record<string, () => World> = {
  'tuntcp/net in memory': () => loopback(),
  'serve()': () => loopback(servedFace),
  'tuntcp/register': register,
  'tuntcp/testing in real time': () => network('real'),
  'tuntcp/testing in virtual time': () => network('virtual'),
}

for (const { name, situation, size } of situations)
  test.serial(`as node:net: ${name}`, async t => {
    const expected = await protocolOf(kernel(), situation, size)
    t.true(expected.length > 0)
    for (const [where, world] of Object.entries(WORLDS))
      t.deepEqual(await protocolOf(world(), situation, size), expected, where)
  })
