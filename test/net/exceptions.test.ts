/** A listener's exception is reported, and costs neither its connection nor anybody else’s, as with node:net. */
import { once } from 'node:events'
import test from 'ava'
import type { Socket } from '../../src/net/socket.ts'
import { B, closeBoth, pair } from './support.ts'

for (const where of ['connection', 'data', 'close'])
  test(`an exception in ${where}: the connection goes on to its end`, async t => {
    const reported: string[] = []
    const stacks = pair({ report: error => reported.push((error as Error).message) })
    const fail = () => {
      throw new Error(where)
    }
    const events: string[] = []
    const server = stacks.b.createServer((socket: Socket) => {
      for (const event of ['end', 'finish', 'close']) socket.on(event, () => events.push(event))
      socket.on('data', data => events.push(String(data)))
      if (where === 'data' || where === 'close') socket.on(where, fail)
      if (where === 'connection') fail()
      socket.write('hello')
    })
    server.listen(7)
    const client = stacks.a.connect(7, B)
    client.resume()
    client.end('question and end')
    await once(client, 'close')
    while (stacks.b.connections().some(({ state }) => state !== 'LISTEN' && state !== 'TIME_WAIT'))
      await new Promise(resolve => setImmediate(resolve))
    while (!events.includes('close')) await new Promise(resolve => setImmediate(resolve))
    t.deepEqual(events, ['question and end', 'end', 'finish', 'close'])
    t.deepEqual(reported, [where])
    server.close()
    await closeBoth(stacks)
  })
