/** The order of what a program sees: on node:net and the kernel, and on each of our faces. */
import test from 'ava'
import { type Notes, protocolOf } from './notes.ts'
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

/** A server and its clients in one process, and the order in which both hear of their connections. */
const bothEnds =
  (count: number) =>
  async (world: World, notes: Notes): Promise<void> => {
    let accepted = 0
    const server = world.face.createServer({}, socket => {
      notes.fact('connection')
      setImmediate(() => notes.fact('connection, immediate'))
      socket.on('error', () => {}).resume()
      accepted++
    })
    const port = await world.face.listen(server)
    const clients = Array.from({ length: count }, (_, n) =>
      world.face.connect({ port, host: world.here }).on('connect', () => {
        notes.fact(`connect ${n}`)
        setImmediate(() => notes.fact(`connect ${n}, immediate`))
      }),
    )
    while (accepted < count || clients.some(client => client.connecting)) await world.settle()
    await world.settle()
    for (const client of clients) client.destroy()
    server.close()
  }

for (const count of [1, 2, 5])
  test.serial(
    `as node:net: of ${count} connections to oneself, the server’s end and the clients’`,
    async t => {
      const situation = bothEnds(count)
      const expected = await protocolOf(kernel(), situation, 0)
      t.is(expected[0], 'connection')
      const ofOneStack = ['tuntcp/net in memory', 'serve()', 'tuntcp/register']
      for (const where of ofOneStack)
        t.deepEqual(await protocolOf(WORLDS[where]!(), situation, 0), expected, where)
    },
  )
