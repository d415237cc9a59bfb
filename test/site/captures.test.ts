/** Captures as the playground opens them: in pieces, in bounded memory, with the explanations of `tuntcp explain`. */
import { gzipSync } from 'node:zlib'
import test from 'ava'
import { joinedBytes } from '../../src/base/joined-bytes.ts'
import { explainCapture } from '../../src/lab/explain/explain-capture.ts'
import type { Explanation } from '../../src/lab/explain/replay.ts'
import { LABS } from '../../src/lab/labs/all.ts'
import { encodeRecording } from '../../src/lab/record/encode-recording.ts'
import { record } from '../../src/lab/record/replay.ts'
import { runVirtual } from '../../src/lab/run-virtual.ts'
import { createPipe } from '../../src/link/pipe.ts'
import { createStack } from '../../src/net/create-stack.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import { OpenCapture } from '../../src/site/captures/open-capture.ts'
import { BlockWriter } from '../../src/trace/record/block-writer.ts'
import { HostRecorder } from '../../src/trace/record/host-recorder.ts'
import { largeCapture, syns } from './large-capture.ts'

const captureOf = async (name: string): Promise<Uint8Array<ArrayBuffer>> => {
  const { captures } = await runVirtual(LABS.find(lab => lab.name === name)!, name, {}, { captures: true })
  return captures.client as Uint8Array<ArrayBuffer>
}

test('a capture is opened, packed or not, and each connection explained as by explainCapture', async t => {
  const bytes = await captureOf('loss')
  const { connections, packets } = explainCapture(bytes)
  t.is(connections.length, 4)
  for (const file of [new Blob([bytes]), new Blob([new Uint8Array(gzipSync(bytes))])]) {
    const open = await OpenCapture.open(file)
    t.deepEqual(open.contents, { packets, others: {}, count: 4, error: null, cut: false, replayed: null })
    for (const each of connections) t.deepEqual(await open.explain(each.number), each)
    t.is(await open.explain(5), null)
    const { shown, matching } = open.list(':83')
    t.is(matching, 1)
    t.deepEqual(shown[0]!.ends, connections[2]!.ends)
    t.is(open.list('').matching, 4)
    const later = (await open.explain(3, {
      from: shown[0]!.began - (open.list('').shown[0]?.began ?? 0) + 100,
    }))!
    t.true(
      typeof later === 'object' && later.joined && later.segments.length < connections[2]!.segments.length,
    )
    t.is(await open.explain(3, { from: 1e9 }), null)
  }
})

test('a broken file has the error of `tuntcp explain`, and what comes before is explained', async t => {
  const bytes = await captureOf('refused')
  const error = async (file: Blob) => (await OpenCapture.open(file)).contents.error
  t.is(await error(new Blob([])), 'at byte 0: no capture: 0 bytes')
  t.is(
    await error(new Blob(['GET / HTTP/1.1'])),
    'at byte 0: neither pcap nor pcapng: it begins with 0x47455420',
  )
  const cut = new Blob([bytes.subarray(0, bytes.length - 40)])
  const open = await OpenCapture.open(cut)
  t.is(open.contents.error, explainCapture(bytes.subarray(0, bytes.length - 40)).error!.message)
  t.is(open.contents.count, 1)
  const packed = gzipSync(await captureOf('loss'))
  const half = await OpenCapture.open(new Blob([new Uint8Array(packed.subarray(0, packed.length / 2))]))
  t.regex(half.contents.error!, /^what gzip has packed is damaged or cut off, after \d+ bytes of it$/)
  t.true(half.contents.packets > 10)
})

test('a large capture is never whole in memory, and its connections are explained one at a time', async t => {
  const { file, connections } = largeCapture(45_000)
  let largest = 0
  let passes = 0
  // A file that counts what is taken of it at a time.
  const counted = new Proxy(file, {
    get(target, key) {
      if (key === 'slice')
        return (from: number, to: number) => {
          largest = Math.max(largest, Math.min(to, target.size) - from)
          if (from === 0 && to > 1000) passes++
          return target.slice(from, to)
        }
      return Reflect.get(target, key, target)
    },
  })
  let read = 0
  const open = await OpenCapture.open(counted, bytes => {
    t.true(bytes >= read)
    read = bytes
  })
  t.is(read, file.size)
  t.true(largest <= 1 << 20, `${largest}`)
  t.is(passes, 1)
  t.deepEqual(open.contents, {
    packets: 45_000,
    others: {},
    count: connections,
    error: null,
    cut: false,
    replayed: null,
  })
  const explained = await open.explain(connections)
  t.is(passes, 2)
  t.true(typeof explained === 'object' && explained?.segments.length === 45_000 / connections)
})

test('of a flood of connections only as many are read as fit into memory', async t => {
  const open = await OpenCapture.open(syns(120_000))
  t.true(open.contents.cut)
  t.true(open.contents.count > 100_000 && open.contents.count < 120_000, `${open.contents.count}`)
  t.is(open.list('').matching, open.contents.count)
  const first = await open.explain(1)
  t.true(typeof first === 'object' && first?.segments.length === 1)
})

test('a recording is played again by the same core, and its connections are explained', async t => {
  const lab = LABS.find(({ name }) => name === 'close-both')!
  const recording = await record(lab)
  const bytes = encodeRecording(recording) as Uint8Array<ArrayBuffer>
  const open = await OpenCapture.open(new Blob([bytes]))
  const { count, error, replayed } = open.contents
  t.deepEqual([count, error], [2, null])
  t.deepEqual(replayed, { events: recording.events.length, difference: '', cut: false })
  const first = (await open.explain(1))!
  t.true(typeof first === 'object')
  if (typeof first === 'object') t.deepEqual(first.states, ['TIME_WAIT', 'TIME_WAIT'])
  const text = first as Explanation
  t.true(text.transitions.some(({ to }) => to === 'CLOSING'))

  const other = encodeRecording({ ...recording, seed: 'another' }) as Uint8Array<ArrayBuffer>
  t.regex((await OpenCapture.open(new Blob([other]))).contents.replayed!.difference, /^event \d+ /)
  const cut = (await OpenCapture.open(new Blob([bytes.subarray(0, bytes.length - 30)]))).contents
  t.regex(cut.error ?? '', /cut off/)
  const damaged = bytes.slice()
  damaged[200]! ^= 1
  t.regex(
    (await OpenCapture.open(new Blob([damaged]))).contents.error!,
    /^block 0 of the recording is damaged/,
  )
})

test('a recording of a host is played again too, and one of whatever lines is refused with its line', async t => {
  const blocks: Uint8Array[] = []
  const writer = new BlockWriter('host', {}, block => blocks.push(block))
  const clock = new VirtualClock()
  const random = new SeededRandom('host')
  const [a, b] = createPipe(clock, { delay: 20 })
  const recorder = new HostRecorder(line => writer.line(line))
  const client = createStack({ link: a, address: '192.0.2.1/24', clock, random, recorder })
  const server = createStack({ link: b, address: '192.0.2.2/24', clock, random })
  server.createServer(socket => socket.pipe(socket)).listen(7)
  client.connect({ host: '192.0.2.2', port: 7 }).end(new Uint8Array(5000)).resume()
  await clock.runAsync()
  await Promise.all([client.close({ grace: 0 }), server.close({ grace: 0 })])
  writer.end()
  const { contents } = await OpenCapture.open(new Blob([joinedBytes(blocks).slice()]))
  t.deepEqual([contents.count, contents.error, contents.replayed?.difference], [1, null, ''])
  t.true(contents.packets > 8)

  const garbage: Uint8Array[] = []
  const other = new BlockWriter('host', {}, block => garbage.push(block))
  other.line('{"no":"list"}')
  other.end()
  t.is((await OpenCapture.open(new Blob([joinedBytes(garbage).slice()]))).contents.error, 'line 2: no list')
})
