/** A host whose input was recorded does the same again, whatever its users, its clock and its network were. */
import { execFileSync } from 'node:child_process'
import { openSync, readFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { emulate } from '../../../src/link/emulated.ts'
import { createPipe } from '../../../src/link/pipe.ts'
import { createStack } from '../../../src/net/create-stack.ts'
import { SeededRandom } from '../../../src/sim/seeded-random.ts'
import { VirtualClock } from '../../../src/sim/virtual-clock.ts'
import { BlockWriter } from '../../../src/trace/record/block-writer.ts'
import { differenceText } from '../../../src/trace/record/difference.ts'
import { HostRecorder } from '../../../src/trace/record/host-recorder.ts'
import { replayHost } from '../../../src/trace/record/host-replay.ts'
import { recordToFile } from '../../../src/trace/record/record-file.ts'
import { openRecording, readRecording } from '../../../src/trace/record/recording-file.ts'
import { run, withDirectory } from '../../cli/program.ts'

const ENDS = {
  4: { client: '192.0.2.1/24', server: '192.0.2.2/24', host: '192.0.2.2' },
  6: { client: '2001:db8::1/64', server: '2001:db8::2/64', host: '2001:db8::2' },
}

/** Sockets of node:net's shape over a lossy pipe: an echo of 200 kB, a refused connect, one that is destroyed. */
const converse = async (
  recorders: { client?: HostRecorder; server?: HostRecorder },
  family: 4 | 6 = 4,
): Promise<number> => {
  const clock = new VirtualClock()
  const random = new SeededRandom('recorded')
  const [a, b] = createPipe(clock, { delay: 20 })
  const path = { loss: 0.05, jitter: 3, reorder: 0.02, duplicate: 0.02 }
  const client = createStack({
    link: emulate(a, { out: path, in: path }, random, clock),
    address: ENDS[family].client,
    clock,
    random,
    recorder: recorders.client,
  })
  const server = createStack({
    link: b,
    address: ENDS[family].server,
    clock,
    random,
    tcp: { msl: 500 },
    recorder: recorders.server,
  })
  const { host } = ENDS[family]
  let received = 0
  server
    .createServer(socket => {
      socket.on('error', () => {})
      socket.pipe(socket)
    })
    .listen(7)
  const socket = client.connect({ host, port: 7 })
  socket.end(Buffer.alloc(200_000, 'tuntcp'))
  socket.on('data', chunk => {
    received += chunk.length
  })
  client.connect({ host, port: 9 }).on('error', () => {})
  const hasty = client.connect({ host, port: 7 }, () => {
    hasty.write('x', () => hasty.resetAndDestroy())
  })
  hasty.on('error', () => {})
  await clock.runAsync()
  await Promise.all([client.close({ grace: 0 }), server.close({ grace: 0 })])
  await clock.runAsync()
  return received
}

/** A server that has little memory, and clients that read at first and then no more: what it had to do for memory. */
const underPressure = async (recorder: HostRecorder): Promise<number> => {
  const clock = new VirtualClock()
  const random = new SeededRandom('scarce')
  const [a, b] = createPipe(clock, { delay: 5 })
  const path = { loss: 0.02, reorder: 0.05 }
  const client = createStack({
    link: emulate(a, { out: path, in: path }, random, clock),
    address: '192.0.2.1/24',
    clock,
    random,
    tcp: { receiveBuffer: 20_000 },
  })
  const memory = { high: 2_000_000 }
  const server = createStack({ link: b, address: '192.0.2.2/24', clock, random, memory, recorder })
  server
    .createServer(socket => {
      socket.on('error', () => {})
      socket.on('data', () => {})
      socket.write(Buffer.alloc(300_000))
    })
    .listen(7)
  for (let n = 0; n < 30; n++) {
    const socket = client.connect({ host: '192.0.2.2', port: 7 })
    socket.on('error', () => {})
    socket.write(Buffer.alloc(50_000))
    let read = 0
    socket.on('data', chunk => {
      read += chunk.length
      if (read > n * 10_000) socket.pause()
    })
  }
  await clock.runAsync(80_000)
  const { resets } = server.memory()
  await Promise.all([client.close({ grace: 0 }), server.close({ grace: 0 })])
  await clock.runAsync()
  return resets
}

const packed = (lines: readonly string[]): Uint8Array => {
  const blocks: Uint8Array[] = []
  const writer = new BlockWriter('host', {}, block => blocks.push(block))
  for (const line of lines) writer.line(line)
  writer.end()
  return Buffer.concat(blocks)
}

const recorded = async (family: 4 | 6 = 4): Promise<{ client: string[]; server: string[] }> => {
  const lines = { client: [] as string[], server: [] as string[] }
  const received = await converse(
    {
      client: new HostRecorder(line => lines.client.push(line)),
      server: new HostRecorder(line => lines.server.push(line)),
    },
    family,
  )
  if (received !== 200_000) throw new Error(`${received} bytes came back`)
  return lines
}

const replayed = (lines: readonly string[]) => replayHost(readRecording(packed(lines)))

for (const family of [4, 6] as const)
  test(`both hosts of a lossy run over IPv${family} do the same again: the same events, to the byte`, async t => {
    const lines = await recorded(family)
    for (const one of [lines.client, lines.server]) {
      t.true(one.some(line => line.includes(ENDS[family].host)))
      const events = one.filter(line => line.startsWith('["E"'))
      t.true(
        events.some(line => line.includes('"reason":"lost"') || line.includes('"reason":"duplicate ACK"')),
      )
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
  // Not the octet that is reset before it can leave.
  const call = client.findIndex(
    line => line.startsWith('["C"') && line.includes('"send"') && line.length > 1000,
  )
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

/** The beginning of a recording: the host, what it draws, its link. */
const beginning = async (): Promise<string[]> => {
  const { client } = await recorded()
  return client.slice(0, client.findIndex(line => line.startsWith('["L"')) + 1)
}

type Change = (lines: string[]) => string[]
const withHost =
  (from: string, to: string): Change =>
  lines =>
    lines.with(0, lines[0]!.replace(from, to))
const withLink =
  (from: string, to: string): Change =>
  lines =>
    lines.with(-1, lines.at(-1)!.replace(from, to))
const then =
  (line: string): Change =>
  lines => [...lines, line]

for (const [what, change, message] of [
  ['a bad address', withLink('192.0.2.1/24', '192.0.2.777/24'), /^not an IPv4 (address|prefix)/],
  ['an address that is none', withLink('"192.0.2.1/24"', '5'), /^no addresses$/],
  ['a bad MTU', withLink('1500', '1e99'), /^no MTU: 1e\+99$/],
  ['a link without a host', (lines: string[]) => lines.slice(-1), /^a link before there is a host$/],
  ['no JSON', then('hello'), /^neither an object nor a list of JSON$/],
  ['no list', then('{}'), /^no list$/],
  ['a call on nothing', then('["C",0,"send",0,"eA=="]'), /^a connection that there is not$/],
  ['a time that has passed', then('["A",-1,0]'), /^no time, or one that has passed$/],
  ['a packet that is none', then('["P",0,0,7]'), /^no packets$/],
  ['bytes that are none', then('["P",0,0,[[7,0,0]]]'), /^no bytes$/],
  ['a second host', then('["H",0,{},{},null]'), /^a second host$/],
] as const)
  test(`what makes no sense is told with its line: ${what}`, async t => {
    const lines = change(await beginning())
    const error = t.throws(() => replayed(lines), { name: 'RecordingError' })
    // Line 1 is the header.
    const [, line, why] = /^line (\d+): (.*)$/.exec(error!.message)!
    t.is(Number(line), lines.length + 1)
    t.regex(why!, message)
  })

test('what differs is shown, whatever stands there instead', async t => {
  const { client } = await recorded()
  const at = client.findIndex(line => line.startsWith('["E"'))
  for (const line of ['["E"]', '["E",5]', '["E",{"bytes":7}]', '{}', '[[]]']) {
    const { difference } = replayed(client.with(at, line))
    t.regex(differenceText(difference!), /^event 1 /, line)
  }
})

test('a bad option of the host is told', async t => {
  const lines = withHost('{}', '{"msl":-1}')(await beginning())
  t.throws(() => replayed(lines), { message: /^line 2: TCP option msl must be/ })
})

test.serial('a process that is killed leaves a recording that is played up to there', async t => {
  await withDirectory(async directory => {
    const path = join(directory, 'killed.tuntcp')
    const file = recordToFile(path, error => t.fail(error.message))
    await converse({ server: file.recorder })
    await file.close()
    const whole = replayHost(openRecording(path))
    t.like(whole, { difference: null, cut: false })
    const size = readFileSync(path).length
    for (const share of [0.99, 0.7, 0.4]) {
      truncateSync(path, Math.floor(size * share))
      const { events, difference, cut } = replayHost(openRecording(path))
      t.deepEqual([difference, cut], [null, true], `${share}`)
      t.true(events > 100 && events < whole.events, `${events}`)
      const { code, stdout, stderr } = await run(['replay', path])
      t.is(code, 0)
      t.regex(stdout, new RegExp(`^host: ${events} events, all as recorded$`, 'm'))
      t.regex(stderr, /^tuntcp replay: the recording has no end: /)
    }
  })
})

test.serial('what cannot be written any more ends the recording with a word, and not the host', async t => {
  await withDirectory(async directory => {
    // A pipe that somebody opens and does not read takes 64 KB: a disk that is full, or does not keep up.
    const path = join(directory, 'pipe')
    execFileSync('mkfifo', [path])
    const reader = openSync(path, 'r+')
    t.true(reader > 0)
    const told: string[] = []
    const file = recordToFile(path, error => told.push(error.message))
    t.is(await converse({ server: file.recorder }), 200_000)
    // Writing is a thing of the system's threads.
    while (told.length === 0) await new Promise(resolve => setImmediate(resolve))
    await file.close()
    t.is(told.length, 1)
    t.regex(told[0]!, /EAGAIN/)
  })
})

test('what a host does when memory is scarce follows from its input too', async t => {
  const lines: string[] = []
  t.true((await underPressure(new HostRecorder(line => lines.push(line)))) > 0)
  const { difference } = replayHost(readRecording(packed(lines)))
  t.is(difference, null, difference === null ? '' : differenceText(difference))
})
