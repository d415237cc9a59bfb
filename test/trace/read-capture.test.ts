/** Captures of every form are read alike, and broken ones say where. */
import test from 'ava'
import type { Summary } from '../../src/lab/explain/conversations.ts'
import { explainCapture, SortedCapture } from '../../src/lab/explain/explain-capture.ts'
import { LABS } from '../../src/lab/labs/all.ts'
import { runVirtual } from '../../src/lab/run-virtual.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { Capture } from '../../src/trace/capture.ts'
import { CaptureError } from '../../src/trace/capture-error.ts'
import { readCapture } from '../../src/trace/read-capture.ts'

const START = 1_700_000_000_000

/** A lab as our own capture has it, from the client's side. */
const own = async (name: string): Promise<Uint8Array> => {
  const blocks: Uint8Array[] = []
  const capture = new Capture(bytes => blocks.push(bytes.slice()), { wallClockOffset: START })
  await runVirtual(LABS.find(lab => lab.name === name)!, name, { client: capture.sink })
  capture.end()
  return Buffer.concat(blocks)
}

interface Packet {
  readonly time: number
  readonly bytes: Uint8Array
}

const packetsOf = async (name: string): Promise<Packet[]> =>
  [...readCapture(await own(name))].map(({ time, bytes }) => ({ time, bytes }))

/** Numbers in a byte order. */
const words = (little: boolean) => ({
  u32: (...values: number[]) => {
    const b = Buffer.alloc(4 * values.length)
    values.forEach((value, i) => {
      if (little) b.writeUInt32LE(value >>> 0, 4 * i)
      else b.writeUInt32BE(value >>> 0, 4 * i)
    })
    return b
  },
  u16: (...values: number[]) => {
    const b = Buffer.alloc(2 * values.length)
    values.forEach((value, i) => {
      if (little) b.writeUInt16LE(value, 2 * i)
      else b.writeUInt16BE(value, 2 * i)
    })
    return b
  },
})

/** The headers before the IP packet, by link type. */
const HEADERS: Readonly<Record<string, readonly [number, Buffer]>> = {
  Ethernet: [1, Buffer.from('0200000000010200000000020800', 'hex')],
  'Ethernet with a VLAN tag': [1, Buffer.from('020000000001020000000002810000050800', 'hex')],
  'raw IP': [101, Buffer.alloc(0)],
  'raw IPv4': [228, Buffer.alloc(0)],
  'Linux cooked v1': [113, Buffer.from('00000304000600000000000000000800', 'hex')],
  'Linux cooked v2': [276, Buffer.from('0800000000000001030400060000000000000000', 'hex')],
  'loopback, little-endian': [0, Buffer.from('02000000', 'hex')],
  'loopback, big-endian': [0, Buffer.from('00000002', 'hex')],
  'OpenBSD loopback': [108, Buffer.from('00000002', 'hex')],
}

const pcap = (
  packets: readonly Packet[],
  little: boolean,
  nano: boolean,
  linkType: number,
  header: Buffer,
) => {
  const { u32, u16 } = words(little)
  return Buffer.concat([
    u32(nano ? 0xa1b23c4d : 0xa1b2c3d4),
    u16(2, 4),
    u32(0, 0, 65_535, linkType),
    ...packets.flatMap(({ time, bytes }) => [
      u32(
        Math.floor(time / 1000),
        Math.round((time % 1000) * (nano ? 1e6 : 1e3)),
        header.length + bytes.length,
        header.length + bytes.length,
      ),
      header,
      Buffer.from(bytes),
    ]),
  ])
}

const pcapng = (
  packets: readonly Packet[],
  little: boolean,
  linkType: number,
  header: Buffer,
  resolution: number,
) => {
  const { u32, u16 } = words(little)
  const block = (type: number, body: Buffer) => {
    const padded = Buffer.concat([body, Buffer.alloc(-body.length & 3)])
    return Buffer.concat([u32(type, padded.length + 12), padded, u32(padded.length + 12)])
  }
  const tsresol = Buffer.concat([u16(9, 1), Buffer.from([resolution, 0, 0, 0]), u16(0, 0)])
  const perSecond = resolution & 0x80 ? 2 ** (resolution & 0x7f) : 10 ** resolution
  return Buffer.concat([
    block(0x0a0d0d0a, Buffer.concat([u32(0x1a2b3c4d), u16(1, 0), u32(0xffffffff, 0xffffffff)])),
    // A block of a type that nobody knows.
    block(0x0bad, Buffer.from('abc')),
    block(1, Buffer.concat([u16(linkType, 0), u32(0), tsresol])),
    ...packets.map(({ time, bytes }) => {
      const units = (BigInt(Math.round((time / 1000) * 1e6)) * BigInt(perSecond)) / 1_000_000n
      const length = header.length + bytes.length
      return block(
        6,
        Buffer.concat([
          u32(0, Number(units >> 32n), Number(units & 0xffffffffn), length, length),
          header,
          bytes,
        ]),
      )
    }),
  ])
}

test('every form of a capture is explained alike', async t => {
  const packets = await packetsOf('close-client')
  const expected = explainCapture(await own('close-client'))
  t.is(expected.error, null)
  t.is(expected.connections.length, 1)
  t.deepEqual(expected.connections[0]!.states, ['TIME_WAIT', 'CLOSED'])
  const same = (file: Uint8Array, what: string) => {
    const { connections, error } = explainCapture(file)
    t.is(error, null, what)
    t.deepEqual(
      connections.map(c => c.transitions.map(({ time: _, ...rest }) => rest)),
      expected.connections.map(c => c.transitions.map(({ time: _, ...rest }) => rest)),
      what,
    )
    for (const [i, { segment }] of connections[0]!.segments.entries())
      t.true(Math.abs(segment.time - packets[i]!.time) < 0.002, `${what}: ${segment.time}`)
  }
  for (const [what, [linkType, header]] of Object.entries(HEADERS))
    for (const little of [true, false]) {
      for (const nano of [true, false]) same(pcap(packets, little, nano, linkType, header), `pcap ${what}`)
      for (const resolution of [6, 9, 0x80 | 30])
        same(pcapng(packets, little, linkType, header, resolution), `pcapng ${what}`)
    }
})

test('our own captures have their comments', async t => {
  const comments = [...readCapture(await own('close-client'))].flatMap(packet => packet.comments)
  t.true(
    comments.some(text => /SYN_SENT → ESTABLISHED/.test(text)),
    comments.join('\n'),
  )
})

const fault = (file: Uint8Array): string => {
  try {
    for (const _ of readCapture(file));
  } catch (error) {
    if (error instanceof CaptureError) return error.message
    throw error
  }
  return ''
}

/** The same, taken in pieces of so many bytes, each in memory that is used again. */
const inPieces = (file: Uint8Array, size: number) => {
  const sorted = new SortedCapture({})
  const memory = new Uint8Array(size)
  for (let at = 0, more = true; more; at += size) {
    const piece = file.subarray(at, at + size)
    memory.set(piece)
    more = sorted.add(memory.subarray(0, piece.length), at + size >= file.length)
  }
  const { conversations, packets, others, error } = sorted
  return { segments: conversations.all.map(({ segments }) => segments), packets, others, error }
}

const whole = (file: Uint8Array) => {
  const { connections, packets, others, error } = explainCapture(file)
  return { segments: connections.map(c => c.segments.map(({ segment }) => segment)), packets, others, error }
}

test('a broken file says where and what', async t => {
  const packets = await packetsOf('refused')
  const [linkType, header] = HEADERS['raw IP']!
  const old = pcap(packets, true, false, linkType, header)
  const now = pcapng(packets, true, linkType, header, 6)
  const changed = (file: Buffer, at: number, value: number): Buffer => {
    const copy = Buffer.from(file)
    copy.writeUInt32LE(value, at)
    return copy
  }
  t.is(fault(Buffer.alloc(0)), 'at byte 0: no capture: 0 bytes')
  t.is(fault(Buffer.from('GET / HTTP/1.1')), 'at byte 0: neither pcap nor pcapng: it begins with 0x47455420')
  t.is(
    fault(Buffer.from('1f8b080000000000', 'hex')),
    'at byte 0: neither pcap nor pcapng: it begins with 0x1f8b0800 (compressed by gzip: unpack it first)',
  )
  t.is(fault(old.subarray(0, 20)), 'at byte 20: the file header is cut off')
  t.is(fault(old.subarray(0, 30)), 'at byte 24: the header of the last packet is cut off')
  t.is(fault(old.subarray(0, 50)), 'at byte 24: the last packet is cut off: 10 of 60 bytes')
  t.is(fault(changed(old, 32, 0x7fffffff)), 'at byte 32: a packet of 2147483647 bytes')
  t.is(fault(now.subarray(0, 20)), 'at byte 0: the last block is cut off: 20 of 28 bytes')
  t.is(fault(changed(now, 8, 0)), 'at byte 8: the byte-order magic of the section is wrong')
  t.is(fault(changed(now, 4, 4)), 'at byte 4: a block of 4 bytes')
  t.is(fault(changed(now, 24, 32)), 'at byte 24: the two lengths of the block differ')
  t.is(fault(changed(now, 12, 2)), 'at byte 12: version 2 of pcapng is not known')
})

test('what came before the fault is explained', async t => {
  const packets = await packetsOf('refused')
  const file = pcap(packets, true, false, ...HEADERS['raw IP']!)
  const { connections, error } = explainCapture(file.subarray(0, file.length - 1))
  t.is(connections.length, 1)
  t.is(connections[0]!.segments.length, packets.length - 1)
  t.regex(error!.message, /the last packet is cut off/)
})

test('a capture that comes in pieces is read as one that comes whole, broken or not', async t => {
  const packets = await packetsOf('refused')
  const [linkType, header] = HEADERS.Ethernet!
  const random = new SeededRandom('pieces')
  for (const file of [
    pcap(packets, true, false, linkType, header),
    pcapng(packets, false, linkType, header, 6),
  ]) {
    t.is(whole(file).packets, packets.length)
    const broken = Array.from({ length: 20 }, () => {
      const copy = Buffer.from(file)
      copy[random.below(copy.length)]! ^= 1 << random.below(8)
      return copy
    })
    const cut = Array.from({ length: 20 }, () => file.subarray(0, random.below(file.length)))
    for (const each of [file, ...broken, ...cut])
      for (const size of [1, 7, 64, 1000]) t.deepEqual(inPieces(each, size), whole(each))
  }
})

test('of a capture with more segments than are to be kept none is kept, and all are counted', async t => {
  const file = await own('close-client')
  const all = explainCapture(file)
  const { connections, chosen, count } = explainCapture(file, { most: all.chosen - 1 })
  t.deepEqual([connections, chosen, count], [[], all.chosen, 1])
  const sorted = new SortedCapture({ most: 0 })
  sorted.add(file, true)
  const [{ ends, seen, text, began, ended }] = sorted.conversations.summaries as [Summary]
  const segments = all.connections[0]!.segments.map(({ segment }) => segment)
  t.deepEqual(ends, all.connections[0]!.ends)
  t.is(seen, segments.length)
  t.is(
    text,
    segments.reduce((sum, { length }) => sum + length, 0),
  )
  t.deepEqual([began, ended], [segments[0]!.time, segments.at(-1)!.time])
})

test('a link type that is not known is named', async t => {
  const { error } = explainCapture(pcap(await packetsOf('refused'), true, false, 147, Buffer.alloc(0)))
  t.is(
    error!.message,
    'at byte 24: link type 147 is not known (known are Ethernet, raw IP, Linux cooked v1 and v2, loopback)',
  )
})

test('hostile captures are explained or refused, never thrown out of', async t => {
  const random = new SeededRandom('hostile captures')
  let faults = 0
  for (const name of ['close-client', 'loss', 'keepalive']) {
    const packets = (await packetsOf(name)).slice(0, 60)
    const files = [
      pcap(packets, true, false, ...HEADERS.Ethernet!),
      pcapng(packets, false, ...HEADERS['raw IP']!, 6),
    ]
    for (const file of files)
      for (let n = 0; n < 300; n++) {
        const copy = Buffer.from(file)
        for (let flips = 1 + random.below(20); flips > 0; flips--)
          copy[random.below(copy.length)] = random.below(256)
        const result = explainCapture(copy.subarray(0, n % 3 === 0 ? random.below(copy.length) : copy.length))
        if (result.error !== null) faults++
      }
    // Packets that are garbage in a file that is not: what is explained goes to the end.
    for (let n = 0; n < 300; n++) {
      const garbled = packets.map(({ time, bytes }) => {
        const copy = Uint8Array.from(bytes)
        if (random.below(2) === 0) copy[random.below(copy.length)] = random.below(256)
        return {
          time,
          bytes: copy.subarray(0, random.below(8) === 0 ? random.below(copy.length) : copy.length),
        }
      })
      const result = explainCapture(pcap(garbled, true, false, ...HEADERS['raw IP']!))
      t.is(result.error, null)
      t.is(result.packets, packets.length)
    }
  }
  t.true(faults > 100 && faults < 1800, `${faults}`)
})
