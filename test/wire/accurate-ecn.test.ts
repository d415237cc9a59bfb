/** The ninth flag, the ACE field and the AccECN option in a header (RFC 9768 §3.2.2, §3.2.3). */
import test from 'ava'
import { observeSegment, segmentText } from '../../src/trace/observed-segment.ts'
import { SegmentLines } from '../../src/trace/segment-line.ts'
import { headerFields } from '../../src/view/model/header-fields.ts'
import {
  ACE,
  AE,
  accEcnFieldsAt,
  accEcnLength,
  aceFlags,
  aceOf,
  formatAccEcn,
} from '../../src/wire/accurate-ecn.ts'
import { parseAddress } from '../../src/wire/address.ts'
import { writeIp } from '../../src/wire/ip.ts'
import { ACK, CWR, ECE, parseTcp, Segment, SYN, setTcpFlags, tcpFlags, writeTcp } from '../../src/wire/tcp.ts'
import { type TcpHeaderOptions, tcpOptionsLength, writeTcpOptions } from '../../src/wire/tcp-options.ts'

const NONE: TcpHeaderOptions = {
  mss: -1,
  windowScale: -1,
  sackPermitted: false,
  timestamps: false,
  tsVal: 0,
  tsEcr: 0,
  userTimeout: -1,
  fastOpen: null,
  fastOpenExperiment: false,
  accEcnFields: -1,
  accEcnOrder: 1,
  e0b: 0x010203,
  ceb: 0x1040506,
  e1b: 7,
  sackCount: 0,
  sackEdges: new Int32Array(8),
}

const written = (over: Partial<TcpHeaderOptions>): Uint8Array => {
  const options = { ...NONE, ...over }
  const b = new Uint8Array(tcpOptionsLength(options))
  writeTcpOptions(b, 0, options)
  return b
}

const parsed = (flags: number, options: readonly number[]): Segment => {
  const b = new Uint8Array(20 + options.length)
  writeTcp(b, 0, 1, 2, 3, 4, b.length, flags, 5, 0)
  b.set(options, 20)
  const segment = new Segment()
  parseTcp(b, 0, b.length, true, segment)
  return segment
}

test('the ACE field is AE, CWR and ECE, the highest first', t => {
  t.is(ACE, AE | CWR | ECE)
  for (let ace = 0; ace < 8; ace++) {
    t.is(aceOf(aceFlags(ace) | SYN | ACK), ace)
    t.is(aceFlags(ace + 8), aceFlags(ace))
  }
  t.is(aceOf(ECE), 1)
  t.is(aceOf(AE), 4)
})

test('the ninth flag stands in the byte of the data offset, whose other bits it leaves alone', t => {
  const b = new Uint8Array(40)
  writeTcp(b, 0, 1, 2, 3, 4, 40, ACK | AE, 5, 0)
  t.deepEqual([b[12], b[13]], [0xa1, ACK])
  t.is(tcpFlags(b, 0), ACK | AE)
  setTcpFlags(b, 0, ACK | CWR)
  t.deepEqual([b[12], b[13]], [0xa0, ACK | CWR])
  t.is(parsed(AE | SYN, []).flags, AE | SYN)
})

test('[R9768-32] the option is written in both orders, as long as its fields are', t => {
  for (const [fields, order, bytes] of [
    [3, 1, 'ae0b000007040506010203' + '01'],
    [2, 1, 'ae08000007040506'],
    [1, 1, 'ae05000007010101'],
    [0, 1, 'ae020101'],
    [3, 0, 'ac0b010203040506000007' + '01'],
    [1, 0, 'ac05010203010101'],
  ] as const) {
    const b = written({ accEcnFields: fields, accEcnOrder: order })
    t.is(Buffer.from(b).toString('hex'), bytes)
    t.is(b.length, accEcnLength(fields))
  }
})

test('the option stands between the timestamps and SACK permitted, as in Linux', t => {
  const b = written({ accEcnFields: 0, sackPermitted: true, mss: 1460, windowScale: 7 })
  t.is(Buffer.from(b).toString('hex'), '020405b4' + 'ae020101' + '01010402' + '01030307')
})

test('[R9768-31] whole fields are read, and an option that is too short for one is empty', t => {
  const read = ({ hasAccEcn, e0b, ceb, e1b }: Segment) => [hasAccEcn, e0b, ceb, e1b]
  t.deepEqual(read(parsed(ACK, [172, 11, 0, 0, 1, 0, 0, 2, 0, 0, 3, 1])), [true, 1, 2, 3])
  t.deepEqual(read(parsed(ACK, [174, 8, 0, 0, 1, 255, 255, 255])), [true, -1, 0xffffff, 1])
  t.deepEqual(read(parsed(ACK, [172, 4, 9, 9])), [true, -1, -1, -1])
  t.deepEqual(read(parsed(ACK, [172, 16, 0, 0, 1, 0, 0, 2, 0, 0, 3, 0, 0, 4, 0, 0])), [true, 1, 2, 3])
  t.deepEqual(read(parsed(SYN, [172, 5, 0, 0, 1, 1, 1, 1])).slice(0, 1), [false])
  t.deepEqual(read(parsed(SYN | ACK, [172, 5, 0, 0, 1, 1, 1, 1])), [true, 1, -1, -1])
})

/** An IPv4 packet with an option of accurate ECN. */
const packet = (flags: number): Uint8Array => {
  const options = [174, 11, 0, 0, 1, 0, 0, 100, 0, 0, 201, 1]
  const b = new Uint8Array(40 + options.length)
  writeIp(b, 0, b.length, 6, parseAddress('192.0.2.1'), parseAddress('192.0.2.2'), 64, 2)
  writeTcp(b, 20, 4000, 80, 1, 1, 20 + options.length, flags, 500, 0)
  b.set(options, 40)
  return b
}

test('whoever reads packets reads them: fields, lines, ladders', t => {
  const b = packet(ACK | aceFlags(5))
  t.deepEqual(accEcnFieldsAt(b, 40, 11), [
    ['e1b', 1],
    ['ceb', 100],
    ['e0b', 201],
  ])
  t.is(formatAccEcn(b, 40, 11), 'ECN e1b 1 ceb 100 e0b 201')
  const fields = new Map(headerFields(b).map(f => [f.name, f]))
  t.like(fields.get('flags'), { value: 'ACK, ECE, AE', from: 32, to: 34 })
  t.like(fields.get('ACE'), { value: '5, with accurate ECN', section: 'RFC 9768 §3.2.2' })
  t.like(fields.get('AccECN, order 1'), {
    value: '1 bytes ECT(1), 100 bytes CE, 201 bytes ECT(0)',
    from: 40,
    to: 51,
  })
  const segment = observeSegment(b, 0)
  if (typeof segment === 'string') throw new Error(segment)
  t.is(segmentText(segment, new Map()), '[EA.] 1 ack 1 win 500 (ECN e1b 1 ceb 100 e0b 201)')
  t.regex(new SegmentLines().line(b), /Flags \[\.Ee\], .* options \[ECN e1b 1 ceb 100 e0b 201,nop\]/)
})
