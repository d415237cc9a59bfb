/** A host whose input was recorded does the same again, whatever its users, its clock and its network were. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import test from 'ava'
import { emulate } from '../../../src/link/emulated.ts'
import { createPipe } from '../../../src/link/pipe.ts'
import { createStack } from '../../../src/net/create-stack.ts'
import { SeededRandom } from '../../../src/sim/seeded-random.ts'
import { VirtualClock } from '../../../src/sim/virtual-clock.ts'
import { differenceText } from '../../../src/trace/record/difference.ts'
import { HostRecorder } from '../../../src/trace/record/host-recorder.ts'
import { replayHost } from '../../../src/trace/record/host-replay.ts'
import { recordToFile } from '../../../src/trace/record/record-file.ts'
import { headerLine, LineDigest, readRecording } from '../../../src/trace/record/recording-file.ts'
import { run, withDirectory } from '../../cli/program.ts'

/** Sockets of node:net's shape over a lossy pipe: an echo of 200 kB, a refused connect, one that is destroyed. */
const converse = async (recorders: { client?: HostRecorder; server?: HostRecorder }): Promise<number> => {
  const clock = new VirtualClock()
  const random = new SeededRandom('recorded')
  const [a, b] = createPipe(clock, { delay: 20 })
  const path = { loss: 0.05, jitter: 3, reorder: 0.02, duplicate: 0.02 }
  const client = createStack({
    link: emulate(a, { out: path, in: path }, random, clock),
    address: '192.0.2.1/24',
    clock,
    random,
    recorder: recorders.client,
  })
  const server = createStack({
    link: b,
    address: '192.0.2.2/24',
    clock,
    random,
    tcp: { msl: 500 },
    recorder: recorders.server,
  })
  let received = 0
  server
    .createServer(socket => {
      socket.on('error', () => {})
      socket.pipe(socket)
    })
    .listen(7)
  const socket = client.connect({ host: '192.0.2.2', port: 7 })
  socket.end(Buffer.alloc(200_000, 'tuntcp'))
  socket.on('data', chunk => {
    received += chunk.length
  })
  client.connect({ host: '192.0.2.2', port: 9 }).on('error', () => {})
  const hasty = client.connect({ host: '192.0.2.2', port: 7 }, () => {
    hasty.write('x', () => hasty.resetAndDestroy())
  })
  hasty.on('error', () => {})
  await clock.runAsync()
  await Promise.all([client.close({ grace: 0 }), server.close({ grace: 0 })])
  await clock.runAsync()
  return received
}

const packed = (lines: readonly string[]): Uint8Array => {
  const digest = new LineDigest()
  for (const line of lines) digest.add(line)
  return gzipSync([headerLine('host', {}), ...lines, digest.end(), ''].join('\n'))
}

const recorded = async (): Promise<{ client: string[]; server: string[] }> => {
  const lines = { client: [] as string[], server: [] as string[] }
  const received = await converse({
    client: new HostRecorder(line => lines.client.push(line)),
    server: new HostRecorder(line => lines.server.push(line)),
  })
  if (received !== 200_000) throw new Error(`${received} bytes came back`)
  return lines
}

const replayed = (lines: readonly string[]) => replayHost(readRecording(packed(lines)))

test('both hosts of a lossy run do the same again: the same events, to the byte', async t => {
  const lines = await recorded()
  for (const one of [lines.client, lines.server]) {
    const events = one.filter(line => line.startsWith('["E"'))
    t.true(events.some(line => line.includes('"reason":"lost"') || line.includes('"reason":"duplicate ACK"')))
    const { difference, events: count } = replayed(one)
    t.is(difference === null ? '' : differenceText(difference), '')
    t.is(count, events.length)
    t.true(count > 1000)
  }
})

test('one byte of one packet that arrives is another: the first event that differs is told', async t => {
  const { server } = await recorded()
  const at = server.findIndex((line, i) => i > 500 && line.startsWith('["P"'))
  const [kind, time, link, packets] = JSON.parse(server[at]!) as [
    string,
    number,
    number,
    [string, number, number][],
  ]
  const bytes = Buffer.from(packets[0]![0], 'base64')
  bytes[bytes.length - 1]! ^= 1
  const changed = server.with(
    at,
    JSON.stringify([
      kind,
      time,
      link,
      [[bytes.toString('base64'), packets[0]![1], packets[0]![2]], ...packets.slice(1)],
    ]),
  )
  const { difference } = replayed(changed)
  const before = server.slice(0, at).filter(line => line.startsWith('["E"')).length
  t.is(difference!.number, before + 1)
  t.regex(differenceText(difference!), /differs \(packet, byte \d+: was \d+, is \d+\)/)
})

test('a call that is missing, and a draw that is another, show', async t => {
  const { client } = await recorded()
  const call = client.findIndex(line => line.startsWith('["C"') && line.includes('"send"'))
  t.not(replayed(client.toSpliced(call, 1)).difference, null)
  const draw = client.findIndex(line => line.startsWith('["R"'))
  t.not(replayed(client.with(draw, '["R",1]')).difference, null)
})

test('whatever is changed: a difference, or a file that is refused', async t => {
  const { client } = await recorded()
  const random = new SeededRandom('changes')
  for (let n = 0; n < 60; n++) {
    const at = random.below(client.length)
    const line = Buffer.from(client[at]!)
    line[random.below(line.length)] = 32 + random.below(95)
    try {
      replayed(client.with(at, line.toString()))
    } catch (error) {
      t.is((error as Error).name, 'RecordingError', String((error as Error).stack))
    }
  }
  t.throws(() => replayed([...client, '["X"]']), {
    message: `line ${client.length + 2}: an entry that is not known`,
  })
})

test.serial('recorded to a file, and replayed by the command', async t => {
  await withDirectory(async directory => {
    const path = join(directory, 'server.tuntcp')
    const file = recordToFile(path, error => t.fail(error.message))
    await converse({ server: file.recorder })
    await file.close()
    t.is(readRecording(readFileSync(path)).kind, 'host')
    const { code, stdout, stderr } = await run(['replay', path, '--until', '1200'])
    t.deepEqual([code, stderr], [0, ''])
    t.regex(stdout, /^ {4}host {2}192\.0\.2\.2:7 192\.0\.2\.1:\d+ {2}ESTABLISHED$/m)
    t.regex(stdout, /^host: \d+ events, all as recorded$/m)
  })
})
