import { once } from 'node:events'
import test from 'ava'
import { clockWithTurns } from '../../src/net/node-clock.ts'
import { B, closeBoth, connected, pair } from './support.ts'

/** A clock on which turns take only the time that a test lets pass. */
const timedClock = () => {
  const spent = { ms: 0 }
  const clock = clockWithTurns(() => spent.ms)
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
  const lengths = await chunks(1 / 2048)
  t.is(
    lengths.reduce((sum, length) => sum + length),
    TEXT,
  )
  t.true(Math.max(...lengths) <= 2 * 2048, lengths.join(' '))
})

test('fairReads: one of which nothing is known is given a kilobyte, and one that is quick twice as much each time', async t => {
  const lengths = await chunks(0)
  t.is(lengths[0], 1024)
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
  t.deepEqual(lengths.slice(0, 2), ['short'.length, 1024])
  server.end()
  await closeBoth(stacks)
})

/** The number of things that happen between two looks of the event loop for packets; `over` when no more will. */
const betweenLooks = () => {
  const counts: number[] = []
  let looks = 0
  let over = false
  const look = () => {
    looks++
    if (!over) setImmediate(look)
  }
  look()
  return {
    happens() {
      counts[looks] = (counts[looks] ?? 0) + 1
    },
    over() {
      over = true
      return counts.filter(count => count > 0)
    },
  }
}

/** The numbers of sockets whose end is told between two looks for packets, where six are reset at once, and each takes 6 ms. */
const endsTold = async (fairReads: boolean): Promise<number[]> => {
  const { spent, clock } = timedClock()
  const stacks = pair({ clock })
  const pairs = []
  for (let n = 0; n < 6; n++) pairs.push(await connected(stacks, { fairReads }))
  const looks = betweenLooks()
  const ends = pairs.map(
    ({ server }) =>
      new Promise<void>(resolve => {
        server.on('error', () => {})
        server.on('close', () => {
          spent.ms += 6
          looks.happens()
          resolve()
        })
      }),
  )
  for (const { client } of pairs) client.resetAndDestroy()
  await Promise.all(ends)
  await closeBoth(stacks)
  return looks.over()
}

test('fairReads: the ends of connections that are reset at once keep packets waiting no longer than reads do', async t => {
  t.deepEqual(await endsTold(true), [2, 2, 2])
  t.deepEqual(await endsTold(false), [6])
})

test('fairReads: a stream that is paused puts no more aside than it is given at first, and nothing is learnt from that', async t => {
  const { spent, clock } = timedClock()
  const stacks = pair({ clock })
  const { client, server } = await connected(stacks, { pauseOnConnect: true, fairReads: true })
  const aside: number[] = []
  const lengths: number[] = []
  server.on('data', ({ length }: Buffer) => {
    lengths.push(length)
    spent.ms += length / 512
  })
  client.end(Buffer.alloc(20_000))
  for (let n = 0; n < 3; n++) {
    server.pause()
    // As a stream does that has not put enough aside.
    server.read(0)
    for (let looks = 0; looks < 50; looks++) await new Promise(setImmediate)
    aside.push(server.readableLength)
    server.resume()
    await once(server, 'data')
  }
  await once(server, 'end')
  server.end()
  await closeBoth(stacks)
  t.deepEqual(aside, [1024, 1024, 1024])
  t.true(Math.max(...lengths) <= 1024, lengths.join(' '))
})

test('many connections that wait to be accepted are welcomed no longer than a round may last', async t => {
  const { spent, clock } = timedClock()
  const stacks = pair({ clock })
  const looks = betweenLooks()
  let open = 30
  await new Promise<void>(resolve => {
    const listener = stacks.b.createServer(() => {
      spent.ms += 6
      looks.happens()
      if (--open === 0) resolve()
    })
    listener.listen(80)
    for (let n = 0; n < 30; n++) stacks.a.connect(80, B)
  })
  const counts = looks.over()
  await closeBoth(stacks)
  t.true(Math.max(...counts) <= 2, counts.join(' '))
})
