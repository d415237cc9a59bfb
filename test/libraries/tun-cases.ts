// The cases of libraries.test.ts, each library in a process and a network namespace of its own.
import { runCase } from '../support/namespace-case.ts'
import { LIBRARIES, scenarioOf } from './libraries.ts'
import { WORLDS } from './worlds.ts'

const case_ = (library: string) => async () => {
  const scenario = await scenarioOf(library)
  // The TUN alone does not keep a process alive.
  const stayAlive = setInterval(() => {}, 1 << 30)
  for (const name of ['on a TUN, served by us', 'on a TUN, served by the kernel'] as const) {
    const world = WORLDS[name]()
    await scenario(world)
    await world.close()
  }
  clearInterval(stayAlive)
  process.exit(0)
}

await runCase(Object.fromEntries(LIBRARIES.map(library => [library, case_(library)])))
