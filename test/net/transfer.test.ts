import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import test from 'ava'
import type { Socket } from '../../src/net/socket.ts'
import { closeBoth, connected, pair, pattern } from './support.ts'

const LENGTH = 10_000_000
const MB10 = pattern(LENGTH)
const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

const readAll = async (socket: Socket): Promise<Buffer> => {
  const chunks: Buffer[] = []
  // Not by iteration, which destroys the stream at its end, though it may still be written to.
  socket.on('data', chunk => chunks.push(chunk))
  await once(socket, 'end')
  return Buffer.concat(chunks)
}

for (const offload of [false, true]) {
  test(`10 MB each way at the same time, offload ${offload}`, async t => {
    const stacks = pair({ offload })
    const { client, server } = await connected(stacks, { allowHalfOpen: true })
    const [atServer, atClient] = await Promise.all([
      readAll(server),
      readAll(client),
      pipeline(Readable.from([MB10]), client),
      pipeline(Readable.from([MB10.subarray(0, 777), MB10.subarray(777)]), server),
    ])
    t.is(digest(atServer), digest(MB10))
    t.is(digest(atClient), digest(MB10))
    t.is(client.bytesWritten, LENGTH)
    t.is(server.bytesRead, LENGTH)
    await closeBoth(stacks)
  })
}

test('an echo by pipe', async t => {
  const stacks = pair()
  const { client, server } = await connected(stacks)
  server.pipe(server)
  const bytes = MB10.subarray(0, 1_000_000)
  client.end(bytes)
  t.true((await readAll(client)).equals(bytes))
  await closeBoth(stacks)
})

test('a paused reader shuts the window, and the writer waits for drain', async t => {
  const stacks = pair({ tcp: { receiveBuffer: 20_000, sendBuffer: 20_000 } })
  const { client, server } = await connected(stacks, { pauseOnConnect: true, highWaterMark: 4096 })
  let calledBack = 0
  let writes = 0
  const chunk = pattern(10_000)
  const write = () => {
    writes++
    return client.write(chunk, () => calledBack++)
  }
  for (;;) {
    if (!write()) {
      const drained = await Promise.race([once(client, 'drain'), turns(200)])
      if (drained === undefined) break
    }
  }
  t.true(writes < 10)
  t.is(calledBack, writes - 1)
  // Too small a window is as good as none.
  t.true(client.tcpInfo()!.sendWindow < 1460)
  t.is(server.readableLength, 0)
  const drained = once(client, 'drain')
  server.resume()
  await drained
  client.end()
  await once(server, 'close')
  t.is(server.bytesRead, writes * chunk.length)
  await closeBoth(stacks)
})

/** Resolves after that many turns of the event loop. */
const turns = async (count: number): Promise<undefined> => {
  for (let i = 0; i < count; i++) await new Promise(resolve => setImmediate(resolve))
}

test('a reader that takes a chunk at a time holds the rest back', async t => {
  const stacks = pair({ tcp: { receiveBuffer: 20_000 } })
  const { client, server } = await connected(stacks, { highWaterMark: 1000 })
  const bytes = MB10.subarray(0, 300_000)
  client.end(bytes)
  const got: Buffer[] = []
  for await (const chunk of server) {
    got.push(chunk as Buffer)
    t.true(server.readableLength <= 40_000)
    await turns(3)
  }
  t.true(Buffer.concat(got).equals(bytes))
  await closeBoth(stacks)
})

test('a buffer may be changed once its write has been called back', async t => {
  const stacks = pair({ delay: 5 })
  const { client, server } = await connected(stacks, { allowHalfOpen: true })
  const parts: Buffer[] = []
  const all = readAll(server)
  for (const size of [1, 10, 1000, 4096, 4097, 20_000, 70_000, 500_000]) {
    const mine = pattern(size)
    parts.push(Buffer.from(mine))
    await new Promise(resolve => client.write(mine, resolve))
    mine.fill(0xee)
  }
  client.cork()
  for (const size of [3, 5000, 17, 66_000]) {
    const mine = pattern(size)
    parts.push(Buffer.from(mine))
    client.write(mine, () => mine.fill(0xee))
  }
  client.uncork()
  client.end()
  t.true((await all).equals(Buffer.concat(parts)))
  await closeBoth(stacks)
})

test('text in its encodings, alone and joined', async t => {
  const stacks = pair()
  const { client, server } = await connected(stacks)
  const long = 'häß€𝄞'.repeat(3000)
  const write = () => {
    client.write('äöü€𝄞')
    client.write('ffee00', 'hex')
    client.write('äö', 'latin1')
    client.write('AAEC', 'base64')
    client.write('hi', 'utf16le')
    client.write('')
    client.write(Buffer.alloc(0))
    client.write(long)
  }
  write()
  client.cork()
  write()
  client.uncork()
  t.is(client.bytesWritten, 2 * (13 + 3 + 2 + 3 + 4 + Buffer.byteLength(long)))
  client.end()
  const once_ = Buffer.concat([
    Buffer.from('äöü€𝄞'),
    Buffer.from('ffee00', 'hex'),
    Buffer.from('äö', 'latin1'),
    Buffer.from('AAEC', 'base64'),
    Buffer.from('hi', 'utf16le'),
    Buffer.from(long),
  ])
  t.true((await readAll(server)).equals(Buffer.concat([once_, once_])))
  await closeBoth(stacks)
})

test('many small writes arrive as one stream', async t => {
  const stacks = pair()
  const { client, server } = await connected(stacks)
  let expected = ''
  for (let i = 0; i < 5000; i++) {
    client.write(`${i},`)
    expected += `${i},`
  }
  client.end()
  t.is(String(await readAll(server)), expected)
  await closeBoth(stacks)
})

test('setEncoding, unshift and read work as on any stream', async t => {
  const stacks = pair()
  const { client, server } = await connected(stacks)
  client.setEncoding('utf8')
  server.end('äöü')
  let text = ''
  client.on('data', chunk => {
    text += chunk
  })
  await once(client, 'close')
  t.is(text, 'äöü')
  await closeBoth(stacks)
})

test('urgent data is marked, announced and read in line', async t => {
  const stacks = pair()
  const { client, server } = await connected(stacks, { pauseOnConnect: true })
  client.write('before')
  client.sendUrgent('!')
  const [bytes] = (await once(server, 'urgent')) as [number]
  t.true(bytes > 0)
  server.resume()
  client.end('after')
  t.is(String(await readAll(server)), 'before!after')
  t.is(server.urgentPending, 0)
  await closeBoth(stacks)
})
