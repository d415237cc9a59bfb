/** A recording is played again to the byte; differences are told, with their place; broken files are refused. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import type { Lab } from '../../../src/lab/lab.ts'
import { LABS } from '../../../src/lab/labs/all.ts'
import { encodeRecording } from '../../../src/lab/record/encode-recording.ts'
import { labRecording, type Recording } from '../../../src/lab/record/recording.ts'
import { record, replay } from '../../../src/lab/record/replay.ts'
import { BlockWriter } from '../../../src/trace/record/block-writer.ts'
import { differenceText } from '../../../src/trace/record/difference.ts'
import { RecordingError } from '../../../src/trace/record/recording-error.ts'
import { readRecording } from '../../../src/trace/record/recording-file.ts'
import { run, withDirectory } from '../../cli/program.ts'
import { readQlog } from '../../support/qlog.ts'

const decode = (file: Uint8Array): Recording => labRecording(readRecording(file))

const lab = (name: string): Lab => LABS.find(l => l.name === name)!

test('a lossy run is recorded and played again: the same events, to the byte', async t => {
  const recorded = await record(lab('loss'), { seed: 7 })
  t.true(recorded.result.run.segments.some(s => s.fate.includes('lost')))
  const decoded = decode(encodeRecording(recorded))
  t.deepEqual(decoded.events, recorded.events)
  t.deepEqual(await replay(decoded, lab('loss')), {
    events: recorded.events.length,
    difference: null,
    cut: false,
  })
  const packets = recorded.events.filter(line => line.includes('"type":"packet"'))
  // Each segment once where it leaves and once where it arrives, and twice where it was duplicated.
  const crossed = recorded.result.run.segments.reduce((sum, s) => sum + 1 + s.arrivals.length, 0)
  t.is(packets.length, crossed)
})

test('every lab in virtual time is the same again, played long or short', async t => {
  for (const one of LABS) {
    if (one.needsKernel !== undefined) continue
    const short = one.name === 'close-client'
    const recorded = await record(one, { short })
    t.is((await replay(recorded, one)).difference, null, one.name)
    t.true(recorded.events.length > 5)
  }
})

test('a run over IPv6 is recorded and played again; one over IPv4 says nothing of its family', async t => {
  for (const name of ['handshake', 'loss', 'zero-window']) {
    const decoded = decode(encodeRecording(await record(lab(name), { family: 6 })))
    t.is(decoded.family, 6)
    t.true(decoded.events.some(line => line.includes('2001:2::1')))
    t.is((await replay(decoded, lab(name))).difference, null, name)
    t.not((await replay({ ...decoded, family: 4 }, lab(name))).difference, null, name)
  }
  t.is(decode(encodeRecording(await record(lab('refused')))).family, 4)
})

/** A recording with one of its events changed. */
const changed = (recording: Recording, at: number, how: (line: string) => string): Recording => ({
  ...recording,
  events: recording.events.map((line, i) => (i === at ? how(line) : line)),
})

test('one byte of one packet that differs is told, and where', async t => {
  const recorded = await record(lab('handshake'))
  const at = recorded.events.findLastIndex(line => line.includes('"type":"packet"'))
  const altered = changed(recorded, at, line => {
    const event = JSON.parse(line)
    const bytes = Buffer.from(event.bytes, 'base64')
    bytes[33]! ^= 1
    return JSON.stringify({ ...event, bytes: bytes.toString('base64') })
  })
  const { difference } = await replay(altered, lab('handshake'))
  t.is(difference!.number, at + 1)
  t.regex(
    differenceText(difference!),
    new RegExp(`^event ${at + 1} differs \\(packet, byte 33: was 17, is 16\\)`),
  )
})

test('another seed, a field, an event too many or too few are told', async t => {
  const recorded = await record(lab('refused'))
  const first = (await replay({ ...recorded, seed: 'another' }, lab('refused'))).difference!
  t.regex(differenceText(first), /^event \d+ differs \(connection: was ".*", is ".*"/)
  const { difference } = await replay(
    changed(recorded, 0, line => line.replace('"time":0', '"time":1')),
    lab('refused'),
  )
  t.regex(differenceText(difference!), /^event 1 differs \(time: was 1, is 0\)/)
  const more = { ...recorded, events: [...recorded.events, '{"type":"x"}'] }
  t.regex(differenceText((await replay(more, lab('refused'))).difference!), /is missing: \{"type":"x"\}/)
  const fewer = { ...recorded, events: recorded.events.slice(0, -1) }
  t.regex(differenceText((await replay(fewer, lab('refused'))).difference!), /was not there/)
})

test('a replay shows each moment with the states of all connections', async t => {
  const recorded = await record(lab('handshake'))
  const seen: string[] = []
  await replay(recorded, lab('handshake'), {
    onEvent: ({ time, states, event }) => {
      if (event.type === 'transition') seen.push(`${time} ${[...states.values()].join(' ')}`)
    },
  })
  t.deepEqual(seen.slice(0, 4), [
    '0 LISTEN',
    '0 LISTEN SYN_SENT',
    '10 LISTEN SYN_SENT SYN_RECEIVED',
    '20 LISTEN ESTABLISHED SYN_RECEIVED',
  ])
})

const fault = (file: Uint8Array): string => {
  try {
    decode(file)
  } catch (error) {
    if (error instanceof RecordingError) return error.message
    throw error
  }
  return ''
}

/** A file of these lines after the header's fields. */
const fileOf = (fields: object, lines: readonly string[], end = true): Uint8Array => {
  const blocks: Uint8Array[] = []
  const writer = new BlockWriter('lab', fields, block => blocks.push(block))
  for (const line of lines) writer.line(line)
  if (end) writer.end()
  else writer.flush()
  return Buffer.concat(blocks)
}

test('a broken file says what is wrong with it, and where', async t => {
  const recorded = await record(lab('refused'))
  const { events } = recorded
  const fields = { lab: 'refused', seed: 'refused', short: false }
  const file = Buffer.from(encodeRecording(recorded))
  t.is(fault(file), '')
  t.true(file.equals(fileOf(fields, events)))
  t.regex(fault(Buffer.from('hello')), /not packed by gzip/)
  t.regex(fault(Buffer.concat([file.subarray(0, 200), Buffer.alloc(20), file.subarray(220)])), /damaged/)
  t.is(fault(fileOf({ ...fields, seed: undefined }, events)), 'line 1: the header lacks the seed')
  t.is(fault(fileOf({ ...fields, lab: 5 }, events)), 'line 1: the header lacks the lab, or how it was played')
  t.is(
    fault(fileOf({ ...fields, family: 5 }, events)),
    'line 1: the header names no family of IP that there is',
  )
  t.is(fault(fileOf(fields, ['hello'])), 'line 2: neither an object nor a list of JSON')
  // A run in virtual time is played as a whole.
  t.is(fault(fileOf(fields, events, false)), `line ${events.length + 1}: the recording is cut off after it`)
  t.regex(fault(file.subarray(0, -20)), /^line \d+: the recording is cut off after it$/)
})

test.serial('tuntcp lab --record, tuntcp replay: exit codes 0, 1 and 2', async t => {
  await withDirectory(async directory => {
    const file = join(directory, 'run.tuntcp')
    t.is((await run(['lab', 'close-client', '--ends', 'virtual', '--record', file])).code, 0)
    const same = await run(['replay', file])
    t.regex(same.stdout, /^close-client: \d+ events, all as recorded$/m)
    t.deepEqual([same.code, same.stderr], [0, ''])
    const log = `${file}.sqlog`
    t.is((await run(['replay', file, '--qlog', log])).code, 0)
    const { header, events } = readQlog(readFileSync(log, 'utf8'))
    t.deepEqual(header.trace.common_fields.reference_time, { clock_type: 'monotonic', epoch: 'unknown' })
    t.true(events.some(e => e.name === 'connectivity:connection_state_updated'))
    const until = await run(['replay', file, '--until', '1040'])
    t.regex(until.stdout, /^#\d+ {2}1040\.000 {2}server {2}transition .* from CLOSE_WAIT, to LAST_ACK/m)
    t.regex(until.stdout, /^ {4}client {2}198\.18\.0\.1:\d+ 198\.18\.0\.2:80 {2}FIN_WAIT_2$/m)
    const second = await run(['replay', file, '--until', '#2'])
    t.regex(second.stdout, /^#1 .*\n#2 .*\n {4}server {2}\*:80 \* {2}LISTEN$/m)
    const recording = await record(lab('close-client'))
    const at = recording.events.findIndex(line => line.includes('"flags":2'))
    writeFileSync(
      file,
      encodeRecording(changed(recording, at, line => line.replace('"flags":2', '"flags":3'))),
    )
    const differs = await run(['replay', file])
    t.is(differs.code, 1)
    t.regex(differs.stdout, /^event \d+ differs \(flags: was 3, is 2\)/m)
    writeFileSync(file, 'hello')
    const broken = await run(['replay', file])
    t.deepEqual([broken.code, broken.stderr], [2, `tuntcp: ${file}: no recording: not packed by gzip\n`])
    const usage = await run(['replay', file, '--until', 'noon'])
    t.is(usage.code, 2)
    t.is((await run(['lab', 'shared-descriptor', '--record', file])).code, 2)
  })
})
