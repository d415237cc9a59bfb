/** The order of what a program sees: on node:net and the kernel, and on each of our faces. */
import { stat } from 'node:fs'
import type net from 'node:net'
import test from 'ava'
import { type Notes, protocolOf } from './notes.ts'
import { event } from './situations.ts'
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

/** Text that is written outside of the poll phase, with an immediate after it. */
const written =
  (phase: (callback: () => void) => unknown) =>
  async (world: World, notes: Notes): Promise<void> => {
    const server = world.face.createServer({}, socket => {
      socket.on('error', () => {}).on('data', () => notes.note('data'))
    })
    const port = await world.face.listen(server)
    const client = world.face.connect({ port, host: world.here })
    await event(client, 'connect')
    await world.settle()
    await new Promise<void>(resolve =>
      phase(() => {
        client.write('text')
        notes.note('written')
        resolve()
      }),
    )
    await world.settle()
    client.destroy()
    server.close()
  }

const PHASES: Record<string, (callback: () => void) => unknown> = {
  'a timer': setTimeout,
  'an immediate': setImmediate,
  'the poll phase, by something else': callback => stat('.', callback),
}

for (const [name, phase] of Object.entries(PHASES))
  test.serial(`as node:net: what is written in ${name} to oneself`, async t => {
    const expected = await protocolOf(kernel(), written(phase), 0)
    t.is(
      expected.indexOf('data') < expected.indexOf('written, immediate'),
      phase === setTimeout || phase === setImmediate,
    )
    for (const where of ['tuntcp/net in memory', 'serve()', 'tuntcp/register'])
      t.deepEqual(await protocolOf(WORLDS[where]!(), written(phase), 0), expected, where)
  })

/** A client that gives up while it connects, in the tick or promise after it has begun to: a kernel's loopback has accepted by then. */
const givenUp =
  (how: (client: net.Socket) => void) =>
  async (world: World, notes: Notes): Promise<void> => {
    const server = world.face.createServer({}, socket => {
      notes.fact('connection')
      for (const event of ['end', 'close']) socket.on(event, () => notes.fact(`S ${event}`))
      socket.on('error', (error: NodeJS.ErrnoException) => notes.fact(`S error ${error.code}`)).resume()
    })
    const port = await world.face.listen(server)
    const client = notes.watch('C', world.face.connect({ port, host: world.here }))
    client.once('connectionAttempt', () => process.nextTick(how, client))
    await world.settle()
    server.close()
    await world.settle()
  }

for (const [name, how] of Object.entries<(client: net.Socket) => void>({
  destroy: client => client.destroy(),
  'destroy with an error': client => client.destroy(new Error('no')),
  'write and destroy': client => {
    client.write('in vain')
    client.destroy()
  },
}))
  test.serial(`as node:net: a server hears of a client in its own stack that gives up: ${name}`, async t => {
    const expected = await protocolOf(kernel(), givenUp(how), 0)
    t.true(expected.includes('connection'))
    for (const where of ['tuntcp/net in memory', 'serve()', 'tuntcp/register']) {
      const protocol = await protocolOf(WORLDS[where]!(), givenUp(how), 0)
      for (const isOfClient of [true, false])
        t.deepEqual(
          protocol.filter(line => line.startsWith('C ') === isOfClient),
          expected.filter(line => line.startsWith('C ') === isOfClient),
          where,
        )
    }
  })

/** (A look-up of the system's takes as long as it takes.) */
const beforeImmediates = (protocol: string[]) => protocol.filter(line => !line.endsWith('immediate'))

test.serial('as node:net: what a stack knows of names it tells in a turn of its own', async t => {
  const looked = async (world: World, notes: Notes): Promise<void> => {
    const server = world.face.createServer({})
    const port = await world.face.listen(server)
    const client = world.face.connect({ port, host: 'localhost', family: 4 })
    notes.note('asked')
    client.on('lookup', () => notes.note('lookup'))
    await new Promise(resolve => client.on('connect', resolve))
    client.destroy()
    server.close()
  }
  const expected = await protocolOf(kernel(), looked, 0)
  t.deepEqual(beforeImmediates(await protocolOf(loopback(), looked, 0)), beforeImmediates(expected))
})
