import test from 'ava'
import type { TraceEvent } from '../../src/tcp/block/events.ts'
import { abort, close, send } from '../../src/tcp/calls.ts'
import { Capture } from '../../src/trace/capture.ts'
import { CHECKSUM_PARTIAL, PacketBatch } from '../../src/wire/batch.ts'
import { fold, sum16 } from '../../src/wire/checksum.ts'
import { read16, read32, write16 } from '../../src/wire/ipv4.ts'
import { pseudoHeaderSum } from '../../src/wire/pseudo-header.ts'
import { dialogue } from '../support/dialogue.ts'

interface Block {
  readonly type: number
  readonly packet?: Uint8Array
  readonly time?: number
  readonly direction?: number
  readonly comments: string[]
}

/** A reader of pcapng that knows nothing of the writer: the draft's block structure, little-endian. */
const readBlocks = (file: Uint8Array): Block[] => {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const blocks: Block[] = []
  for (let at = 0; at < file.length; ) {
    const type = view.getUint32(at, true)
    const size = view.getUint32(at + 4, true)
    if (size % 4 !== 0 || view.getUint32(at + size - 4, true) !== size) throw new Error(`bad block at ${at}`)
    const epb = type === 6
    const captured = epb ? view.getUint32(at + 20, true) : 0
    const fixed = epb ? 28 + ((captured + 3) & ~3) : type === 0x0a0d0d0a ? 24 : type === 5 ? 20 : 16
    const comments: string[] = []
    let direction = 0
    for (let o = at + fixed; o < at + size - 4; ) {
      const code = view.getUint16(o, true)
      const length = view.getUint16(o + 2, true)
      if (code === 0) break
      const value = file.subarray(o + 4, o + 4 + length)
      if (code === 1) comments.push(new TextDecoder().decode(value))
      if (epb && code === 2) direction = value[0]!
      o += 4 + ((length + 3) & ~3)
    }
    blocks.push(
      epb
        ? {
            type,
            packet: file.subarray(at + 28, at + 28 + captured),
            time: view.getUint32(at + 12, true) * 2 ** 32 + view.getUint32(at + 16, true),
            direction,
            comments,
          }
        : { type, comments },
    )
    at += size
  }
  return blocks
}

const record = () => {
  const chunks: Uint8Array[] = []
  const capture = new Capture(bytes => chunks.push(bytes), { wallClockOffset: 1_700_000_000_000 })
  const d = dialogue({ host: { trace: capture.sink }, tcp: { msl: 500 } })
  return {
    d,
    blocks: () => {
      capture.end()
      return readBlocks(Buffer.concat(chunks))
    },
  }
}

const NAME = '192.0.2.1:40000 → 192.0.2.2:80'

test('every transition is a comment on its packet; every segment of ours says why it was sent', t => {
  const { d, blocks } = record()
  const user = d.established()
  d.after(250)
  close(user.connection!)
  d.skip()
  d.receives('. 1:1(0) ack 2')
  d.receives('F. 1:1(0) ack 2')
  d.after(2000)
  const all = blocks()
  t.deepEqual(
    all.map(b => b.type),
    [0x0a0d0d0a, 1, 6, 6, 6, 6, 6, 6, 6, 1, 5],
  )
  const packets = all.filter(b => b.type === 6)
  t.deepEqual(
    packets.map(b => [b.direction === 1 ? '<' : '>', ...b.comments.map(c => c.replace(/ {2}at .*/, ''))]),
    [
      ['<', '*:80  CLOSED → LISTEN  passive OPEN  §3.10.1', `${NAME}  LISTEN → SYN_RECEIVED  SYN  §3.10.7.2`],
      ['>', 'sent: SYN,ACK'],
      ['<', `${NAME}  SYN_RECEIVED → ESTABLISHED  ack of SYN  §3.10.7.4`],
      ['>', `${NAME}  ESTABLISHED → FIN_WAIT_1  CLOSE  §3.10.4`, 'sent: FIN'],
      ['<', `${NAME}  FIN_WAIT_1 → FIN_WAIT_2  ack of FIN  §3.10.7.4`],
      ['<', `${NAME}  FIN_WAIT_2 → TIME_WAIT  FIN  §3.10.7.4`],
      ['>', 'sent: ack of FIN'],
    ],
  )
  t.is(packets[3]!.time, 1_700_000_000_250_000)
  t.regex(all.at(-1)!.comments[0]!, /TIME_WAIT → CLOSED {2}2MSL timeout {2}§3\.10\.8 {2}at 2023-/)
})

test('drops say why, and an abort stands on its RST', t => {
  const { d, blocks } = record()
  const user = d.established()
  d.receives('. 99999:99999(0) ack 1')
  abort(user.connection!)
  d.skip()
  const packets = blocks().filter(b => b.type === 6)
  t.true(packets.some(b => b.comments.includes('dropped: sequence')))
  t.deepEqual(packets.at(-1)!.comments, ['sent: reset', `${NAME}  ESTABLISHED → CLOSED  ABORT  §3.10.5`])
})

test('what was captured is what went over the link', t => {
  const { d, blocks } = record()
  const user = d.established()
  send(user.connection!, Buffer.from('hello'))
  const sent = d.sends('P. 1:6(5) ack 1')
  const packet = blocks()
    .filter(b => b.type === 6)
    .at(-1)!.packet!
  t.deepEqual(Buffer.from(packet), Buffer.from(sent.raw))
})

test('a checksum left to the device is completed', t => {
  const packet = dialogue().build('P. 1:8(7) ack 1')
  write16(packet, 36, pseudoHeaderSum(read32(packet, 12), read32(packet, 16), 6, packet.length - 20))
  const batch = new PacketBatch(1, false)
  batch.push(packet, 0, packet.length, CHECKSUM_PARTIAL, 0)
  const chunks: Uint8Array[] = []
  const capture = new Capture(bytes => chunks.push(bytes), { wallClockOffset: 0 })
  capture.sink({ type: 'packet', time: 0, direction: 'in', batch, index: 0, link: 'x' } as TraceEvent)
  capture.end()
  const written = readBlocks(Buffer.concat(chunks)).at(-1)!.packet!
  t.is(read16(written, 2), written.length)
  const pseudo = pseudoHeaderSum(read32(written, 12), read32(written, 16), 6, written.length - 20)
  t.is(fold(pseudo + sum16(written, 20, written.length - 20)), 0xffff)
})
