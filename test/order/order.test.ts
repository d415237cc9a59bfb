/** The order of what a program sees: on node:net and the kernel, and on each of our faces. */
import test from 'ava'
import { Notes } from './notes.ts'
import { type Situation, sized } from './situations.ts'
import { kernel, loopback, network, servedFace, type World } from './world.ts'

const WORLDS: Record<string, () => World> = {
  'tuntcp/net in memory': () => loopback(),
  'serve()': () => loopback(servedFace),
  'tuntcp/testing in real time': () => network('real'),
  'tuntcp/testing in virtual time': () => network('virtual'),
}

const protocolOf = async (world: World, situation: Situation, size: number): Promise<string[]> => {
  const notes = new Notes()
  await situation(world, notes, size)
  await world.close()
  return notes.protocol
}

for (const { name, situation, size } of sized)
  test.serial(`as node:net: ${name}`, async t => {
    const expected = await protocolOf(kernel(), situation, size)
    t.true(expected.length > 0)
    for (const [where, world] of Object.entries(WORLDS))
      t.deepEqual(await protocolOf(world(), situation, size), expected, where)
  })
