import test from 'ava'
import { namespaceTest } from '../support/namespace.ts'
import { LIBRARIES, scenarioOf } from './libraries.ts'
import { WORLDS } from './worlds.ts'

const module = new URL('./tun-cases.js', import.meta.url)

for (const library of LIBRARIES) {
  for (const name of ['in memory', 'at 2 % loss and 20 ms'] as const)
    test(`${library}, ${name}`, async t => {
      const world = WORLDS[name]()
      const scenario = await scenarioOf(library)
      try {
        await t.notThrowsAsync(scenario(world))
      } finally {
        await world.close()
      }
    })
  namespaceTest.serial(`${library}, on a TUN with a kernel peer, either way`, module, library)
}
