import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import test from 'ava'
import { run, runHere, withDirectory } from '../cli/program.ts'
import { readQlog } from '../support/qlog.ts'

test.serial('tuntcp lab lists all, and runs one', async t => {
  const list = await runHere(['lab'])
  t.is(list.code, 0)
  t.regex(list.stdout, /^ {2}handshake +A connection opens/m)
  t.regex(list.stdout, /^ {2}shared-descriptor /m)
  const { code, stdout, stderr } = await runHere(['lab', 'refused', '--ends', 'virtual', '--format', 'both'])
  t.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  t.regex(stdout, /SYN_SENT ├─+ \[S\] 0 win/)
  t.regex(stdout, /refused: tuntcp ↔ tuntcp shows what it must/)
  const json = JSON.parse(
    (await runHere(['lab', 'refused', 'handshake', '--ends', 'virtual', '--json'])).stdout,
  )
  t.deepEqual(
    json.map((one: { lab: string; passes: boolean }) => [one.lab, one.passes]),
    [
      ['refused', true],
      ['handshake', true],
    ],
  )
})

test.serial('tuntcp explain: exit code 2 and the place for a broken file', async t => {
  await withDirectory(async directory => {
    const file = join(directory, 'broken.pcap')
    writeFileSync(file, Buffer.from('d4c3b2a1020004000000000000000000ffff0000650000000000', 'hex'))
    const broken = await runHere(['explain', file])
    t.is(broken.code, 2)
    t.is(broken.stderr, `tuntcp: ${file}: at byte 24: the header of the last packet is cut off\n`)
    const missing = await runHere(['explain', join(directory, 'none.pcap')])
    t.is(missing.code, 2)
    t.regex(missing.stderr, /ENOENT/)
  })
})

/** A pcap of raw IP with so many segments of 1000 bytes to port 80, 1 ms apart, each acknowledged. */
const longCapture = (segments: number): Buffer => {
  const file = Buffer.alloc(24 + segments * 56)
  file.write('d4c3b2a1020004000000000000000000ffff000065000000', 0, 'hex')
  for (let i = 0, at = 24; i < segments; i++, at += 56) {
    const ack = i % 2
    const length = ack ? 40 : 1040
    file.writeUInt32LE(1000 + Math.floor(i / 1000), at)
    file.writeUInt32LE((i % 1000) * 1000, at + 4)
    file.writeUInt32LE(40, at + 8)
    file.writeUInt32LE(length, at + 12)
    const ends = ['c0000201', 'c0000202']
    file.write(
      `4500${length.toString(16).padStart(4, '0')}000040004006f6cd${ends[ack]}${ends[1 - ack]}`,
      at + 16,
      'hex',
    )
    const seq = 1 + Math.ceil(i / 2) * 1000
    const [source, destination] = ack ? [80, 4000] : [4000, 80]
    file.writeUInt16BE(source, at + 36)
    file.writeUInt16BE(destination, at + 38)
    file.writeUInt32BE(ack ? 1 : seq, at + 40)
    file.writeUInt32BE(ack ? seq : 1, at + 44)
    file.write('5010ffff00000000', at + 48, 'hex')
  }
  return file
}

test.serial('tuntcp explain: part of a capture, packed or not, as text and as pictures', async t => {
  await withDirectory(async directory => {
    const file = join(directory, 'long.pcap.gz')
    writeFileSync(file, gzipSync(longCapture(4000)))
    const part = await runHere(['explain', file, '--from', '1s', '--until', '1500ms'])
    t.is(part.code, 0, part.stderr)
    t.regex(part.stdout, /^connection 1: .* 500 segments in 0\.499000 s, 250000 bytes →/)
    t.regex(part.stdout, /\n4000 packets, 1 connections\n$/)
    t.is((await runHere(['explain', file, '--port', '81'])).stdout, '4000 packets, 1 connections\n')
    const none = await runHere(['explain', file, '--connection', '2'])
    t.is(none.code, 2)
    t.is(none.stderr, `tuntcp: ${file} has no connection 2: they are numbered from 1 to 1\n`)
    const soon = await runHere(['explain', file, '--from', 'soon'])
    t.is(soon.code, 2)
    t.regex(soon.stderr, /'--from' must be a duration/)
    const json = JSON.parse((await runHere(['explain', file, '--format', 'json'])).stdout)
    t.is(json.packets, 4000)
    t.is(json.connections[0].segments.length, 4000)
    const page = join(directory, 'page.html')
    const pictures = await runHere(['explain', file, '--html', page])
    t.is(pictures.stdout, `written: ${page} (open it in a browser)\n`)
    const short = readFileSync(page, 'utf8').length
    const both = await runHere(['explain', file, '--html', page, '--text', '--full'])
    t.regex(both.stdout, /^written: .*\nconnection 1: /)
    t.true(readFileSync(page, 'utf8').length > 3 * short)
  })
})

test.serial('tuntcp explain: more than fits is refused with what to do, and part of it goes', async t => {
  await withDirectory(async directory => {
    const file = join(directory, 'large.pcap')
    writeFileSync(file, longCapture(200_000))
    const little = { ...process.env, NODE_OPTIONS: '--max-old-space-size=100' }
    const all = await run(['explain', file], '', little)
    t.is(all.code, 2)
    t.regex(
      all.stderr,
      /^tuntcp: .*large\.pcap: 200000 segments are more than there is memory for at once \(about \d+\): choose some by --connection, --port, --from and --until, or give Node\.js more \(NODE_OPTIONS=--max-old-space-size=\d+\)\n$/,
    )
    const part = await run(['explain', file, '--until', '20s'], '', little)
    t.is(part.code, 0, part.stderr)
    t.is(part.stdout.match(/\n/g)!.length > 20_000, true)
    // This lab's text and pictures went beyond the stack.
    const page = join(directory, 'page.html')
    const pictures = await runHere(['explain', file, '--html', page])
    t.is(pictures.code, 0, pictures.stderr)
    t.true(readFileSync(page, 'utf8').length < 4_000_000)
  })
})

test.serial('tuntcp explain --qlog: segments and states of a capture, as seen between the ends', async t => {
  await withDirectory(async directory => {
    const [capture, log] = [join(directory, 'long.pcap'), join(directory, 'long.sqlog')]
    writeFileSync(capture, longCapture(100))
    const { code, stdout } = await runHere(['explain', capture, '--qlog', log])
    t.deepEqual({ code, stdout }, { code: 0, stdout: `written: ${log}\n` })
    const { header, events } = readQlog(readFileSync(log, 'utf8'))
    t.deepEqual(header.trace.vantage_point, { name: 'tuntcp', type: 'network', flow: 'client' })
    const [sent, received] = ['sent', 'received'].map(way =>
      events.filter(e => e.name === `transport:packet_${way}`),
    )
    t.deepEqual([sent!.length, received!.length], [50, 50])
    // Each ACK names the segment before it.
    t.deepEqual(
      received!.map(e => e.data.frames[0].acked_ranges),
      received!.map((_, i) => [[i]]),
    )
    t.is(events.at(-1)!.time, 99)
    const { stdout: piped } = await runHere(['explain', capture, '--qlog', '-'])
    t.is(piped, readFileSync(log, 'utf8'))
    const page = join(directory, 'long.html')
    const both = await runHere(['explain', capture, '--html', page, '--qlog', '-'])
    t.deepEqual([both.stdout, both.stderr], [piped, `written: ${page} (open it in a browser)\n`])
    const other = await runHere(['explain', capture, '--html', '-', '--qlog', log])
    t.deepEqual([other.stdout, other.stderr], [readFileSync(page, 'utf8'), `written: ${log}\n`])
    const text = await runHere(['explain', capture, '--qlog', log, '--text'])
    t.regex(text.stdout, /100 packets, 1 connections/)
    const missing = await runHere(['explain', capture, '--qlog', join(directory, 'no', 'where.sqlog')])
    t.deepEqual([missing.code, /^tuntcp: the qlog cannot be written: ENOENT/.test(missing.stderr)], [2, true])
  })
})
