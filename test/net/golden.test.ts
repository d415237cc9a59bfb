import net from 'node:net'
import test from 'ava'
import { type NetLike, scripts } from './golden-scripts.ts'
import { turns } from './golden-support.ts'
import { B, closeBoth, pair } from './support.ts'

/** Where packets are cut is the network's affair, not the face's. */
const joinData = (events: string[]): string[] => {
  const joined: string[] = []
  for (const event of events) {
    const [what, bytes] = event.split('.data ')
    const [before, sum] = joined.at(-1)?.split('.data ') ?? []
    if (bytes !== undefined && before === what && sum !== undefined)
      joined[joined.length - 1] = `${what}.data ${Number(sum) + Number(bytes)}`
    else joined.push(event)
  }
  return joined
}

/** What each side sees, in its order; how the two interleave depends on the speed of the network. */
const bySide = (events: string[]) => {
  const of = (prefix: string) => joinData(events.filter(event => event.startsWith(prefix)))
  return { client: of('C.'), server: of('S.'), listener: of('s') }
}

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
