/** The memory of sockets that are idle. */
import test from 'ava'
import type { Socket } from '../../src/net/socket.ts'
import type { Stack } from '../../src/net/stack.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import { heldMemory } from '../support/held-memory.ts'
import { B, closeVirtual, pair } from './support.ts'

const COUNT = 2000
const AT_ONCE = 50

/** So many more connections, each of which has carried a byte there and back. */
const converse = async (a: Stack, port: number, clock: VirtualClock, count: number): Promise<Socket[]> => {
  const clients: Socket[] = []
  let answers = 0
  for (let n = 0; n < count; n += AT_ONCE) {
    for (let i = 0; i < AT_ONCE; i++) {
      const client = a.connect(port, B)
      client.once('data', () => answers++)
      client.write('x')
      clients.push(client)
    }
    await clock.runAsync(clock.now() + 100)
  }
  if (answers !== count) throw new Error(`${answers} answers to ${count}`)
  return clients
}

test('two sockets that have had something to say to each other, and have nothing more, hold 6,000 bytes of the heap at most', async t => {
  const clock = new VirtualClock()
  const { a, b } = pair({ clock })
  const sockets: Socket[] = []
  const server = b.createServer(socket => {
    sockets.push(socket)
    socket.on('data', bytes => socket.write(bytes))
  })
  server.listen(7)
  await clock.runAsync(clock.now() + 1)
  // The code compiled for the first ones is no connection's.
  const first = await converse(a, 7, clock, 1000)
  const before = heldMemory()
  const clients = await converse(a, 7, clock, COUNT)
  await clock.runAsync(clock.now() + 1000)
  const each = (heldMemory() - before) / COUNT
  t.log(`${each.toFixed(0)} bytes`)
  t.true(each <= 6000, `${each} bytes`)
  t.is(sockets.length, first.length + clients.length)
  for (const socket of [...first, ...clients, ...sockets]) socket.destroy()
  await closeVirtual({ a, b }, clock)
})
