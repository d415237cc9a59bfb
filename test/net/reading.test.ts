import { once } from 'node:events'
import test from 'ava'
import type { Clock } from '../../src/base/clock.ts'
import { Turns } from '../../src/base/turns.ts'
import { task } from '../../src/link/task.ts'
import { nodeClock } from '../../src/net/node-clock.ts'
import { settle } from '../../src/net/real-timers.ts'
import { closeBoth, connected, pair } from './support.ts'

/** A clock on which turns take only the time that a test lets pass. */
const timedClock = () => {
  const spent = { ms: 0 }
  const { turn, defer } = new Turns({
    task,
    wakeUp: () => null,
    immediate: setImmediate,
    microtask: queueMicrotask,
    settle,
    now: () => spent.ms,
  })
  const clock: Clock = { ...nodeClock, turn, defer, timesTurns: true }
  return { spent, clock }
}

const TEXT = 400_000

/** The lengths of the chunks that a reader gets who takes so long for each byte. */
const chunks = async (msPerByte: number, fairReads = true): Promise<number[]> => {
  const { spent, clock } = timedClock()
  const stacks = pair({ clock, tcp: { receiveBuffer: 1 << 20 } })
  const { client, server } = await connected(stacks, { pauseOnConnect: true, fairReads })
  client.end(Buffer.alloc(TEXT))
  while (server.tcpInfo()!.receiveQueue < TEXT) await new Promise(setImmediate)
  const lengths: number[] = []
  server.on('data', ({ length }: Buffer) => {
    lengths.push(length)
    spent.ms += length * msPerByte
  })
  server.resume()
  await once(server, 'end')
  await closeBoth(stacks)
  return lengths
}

test('fairReads: a reader who takes long for what it is given is given less at once, so that others have their turn', async t => {
  const lengths = await chunks(1 / 4096)
  t.is(
    lengths.reduce((sum, length) => sum + length),
    TEXT,
  )
  t.true(Math.max(...lengths.slice(1)) <= 2 * 4096, lengths.join(' '))
})

test('fairReads: one that is quick is given twice as much each time', async t => {
  const lengths = await chunks(0)
  t.is(lengths[0], 4096)
  t.true(Math.max(...lengths) > 16_384, lengths.join(' '))
})

test('without fairReads a slow reader is given as much as by node:net', async t => {
  const lengths = await chunks(1 / 4096, false)
  t.true(Math.max(...lengths.slice(1)) > 2 * 4096, lengths.join(' '))
})

test('fairReads: a turn that is long for something else takes nothing off the share of the reads', async t => {
  const { spent, clock } = timedClock()
  const stacks = pair({ clock, tcp: { receiveBuffer: 1 << 20 } })
  const { client, server } = await connected(stacks, { fairReads: true })
  const lengths: number[] = []
  server.on('data', ({ length }: Buffer) => lengths.push(length))
  client.resume()
  client.write('short')
  await once(server, 'data')
  // More than is taken at once: it is called back in a turn of the connection's.
  await new Promise<void>(resolve =>
    server.write(Buffer.alloc(8 << 20), () => {
      spent.ms += 20
      resolve()
    }),
  )
  client.end(Buffer.alloc(TEXT))
  await once(server, 'end')
  t.deepEqual(lengths.slice(0, 2), ['short'.length, 4096])
  server.end()
  await closeBoth(stacks)
})
