import net from 'node:net'
import test from 'ava'
import { type NetLike, scripts } from './golden-scripts.ts'
import { turns } from './golden-support.ts'
import { bySide } from './golden-traces.ts'
import { B, closeBoth, pair } from './support.ts'

for (const [name, run] of Object.entries(scripts)) {
  test(`as node:net: ${name}`, async t => {
    const kernel: string[] = []
    await run(net as unknown as NetLike, '127.0.0.1', what => kernel.push(what))
    const stacks = pair()
    const ours: string[] = []
    const like = {
      createServer: (options: object) => stacks.b.createServer(options),
      connect: stacks.a.connect,
    } as unknown as NetLike
    await run(like, B, what => ours.push(what))
    // Sockets are closed at the end of a turn, after the last immediate that a script waits for.
    await turns()
    t.deepEqual(bySide(ours), bySide(kernel))
    await closeBoth(stacks)
  })
}
