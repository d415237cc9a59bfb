/** What a receiver counts for accurate ECN, when it tells of it, and the option's share of the header: RFC 9768, call by call. */
import test from 'ava'
import { AccurateEcn, CHANGED_CEB, CHANGED_E0B, CHANGED_E1B } from '../../src/tcp/block/accurate-ecn.ts'
import type { Connection } from '../../src/tcp/block/connection.ts'
import { OutgoingSegment } from '../../src/tcp/block/outgoing.ts'
import { countText, marksArrive, repeatArrives } from '../../src/tcp/ecn/marks-seen.ts'
import { planOption, putInitialOption, putOption } from '../../src/tcp/ecn/option.ts'
import { CE, ECT_0, ECT_1, NOT_ECT } from '../../src/wire/ecn.ts'
import type { Segment } from '../../src/wire/tcp.ts'

const packet = (trafficClass: number, length = 1000, over: object = {}): Segment =>
  ({ trafficClass, length, segmentSize: 0, hasTimestamps: false, tsVal: 0, seq: 0, ...over }) as Segment

const connection = (over: object = {}): Connection =>
  ({
    timestamps: false,
    tsRecent: 0,
    retries: 0,
    synAcked: true,
    traffic: { bytesAcked: 1 },
    flight: { sacked: 0 },
    rcv: { nxt: 1000 },
    options: { ecnOnAllSegments: false, accEcnOption: 'needed', marksOfRepeatsCount: false },
    ...over,
  }) as unknown as Connection

test('payload counts by its field, and the option follows a change twice, and then once in 4 MiB', t => {
  const a = new AccurateEcn(ECT_0, 0)
  countText(a, packet(ECT_0, 0))
  countText(a, packet(NOT_ECT))
  t.is(a.changed, 0)
  countText(a, packet(ECT_0, 10))
  t.like(a, { changed: CHANGED_E0B, demand: 0 })
  t.is(a.r.e0b, 11)
  countText(a, packet(ECT_1, 20))
  t.like(a, { changed: CHANGED_E0B | CHANGED_E1B, demand: 2 })
  countText(a, packet(CE, 30))
  t.is(a.ever, CHANGED_E0B | CHANGED_E1B | CHANGED_CEB)
  t.deepEqual({ ...a.r }, { cep: 5, ceb: 30, e0b: 11, e1b: 21 })
  a.demand = 0
  countText(a, packet(ECT_0, 2 ** 22 - 12))
  t.is(a.r.e0b, 2 ** 22 - 1)
  t.is(a.demand, 0)
  countText(a, packet(ECT_0, 1))
  t.is(a.demand, 1)
  a.demand = 2
  countText(a, packet(ECT_0, 2 ** 22))
  t.is(a.demand, 2, 'what is owed already is enough')
})

test('a mark, or the end of marks, draws an ACK where there is text; other changes only where that is wanted', t => {
  const a = new AccurateEcn(ECT_0, 0)
  const c = connection()
  t.false(marksArrive(c, a, packet(ECT_0)))
  t.true(marksArrive(c, a, packet(CE)))
  t.false(marksArrive(c, a, packet(CE)), 'it goes on')
  t.false(marksArrive(c, a, packet(ECT_0)))
  t.false(marksArrive(c, a, packet(CE, 0)), 'an ACK of an ACK')
  t.is(a.r.cep, 5 + 3)
  const all = connection({ options: { ecnOnAllSegments: true } })
  t.true(marksArrive(all, a, packet(ECT_1)))
  t.true(marksArrive(all, a, packet(ECT_0)))
})

test('a packet is newer by its timestamp, where timestamps are agreed', t => {
  const a = new AccurateEcn(ECT_0, 0)
  const newer = (timestamps: boolean, hasTimestamps: boolean, tsVal: number): boolean => {
    marksArrive(connection({ timestamps, tsRecent: 5 }), a, packet(ECT_0, 1, { hasTimestamps, tsVal }))
    return a.newer
  }
  t.true(newer(true, true, 6))
  t.false(newer(true, true, 5))
  t.false(newer(true, false, 6))
  t.false(newer(false, true, 6))
})

test('text that comes again after an ACK of it had an option: options do not get through, unless we persist', t => {
  const repeats = (repeated: number | null, accEcnOption: string): boolean => {
    const a = new AccurateEcn(ECT_0, 0)
    a.repeated = repeated
    const options = { accEcnOption, marksOfRepeatsCount: false }
    repeatArrives(connection({ ecn: { accurate: a }, options }), packet(CE, 100, { seq: 7 }))
    t.is(a.r.cep, 5)
    return a.blocked
  }
  t.true(repeats(7, 'needed'))
  t.false(repeats(8, 'needed'))
  t.false(repeats(null, 'needed'))
  t.false(repeats(7, 'persistent'))
})

/** What is planned beside so many SACK blocks. */
const planned = (a: AccurateEcn, blocks: number, timestamps: boolean, over: object = {}) => ({
  ...planOption(connection({ ecn: { accurate: a }, ...over }), blocks, timestamps),
})
const changed = (bits: number, ever = bits): AccurateEcn =>
  Object.assign(new AccurateEcn(ECT_0, 0), { changed: bits, ever })

test('the option has what has changed, in the order that takes least; at first it tries the way with all', t => {
  t.like(planned(changed(0), 0, true), { fields: -1, blocks: 0 })
  t.like(planned(changed(CHANGED_E0B), 0, true), { fields: 1, order: 0 })
  t.like(planned(changed(CHANGED_E1B), 0, true), { fields: 1, order: 1 })
  t.like(planned(changed(CHANGED_CEB), 0, true), { fields: 2, order: 1 })
  t.like(planned(changed(CHANGED_E0B | CHANGED_E1B), 0, true), { fields: 3, order: 1 })
  t.like(planned(Object.assign(changed(0), { demand: 1 }), 0, true), { fields: 3, order: 1 })
  t.like(planned(Object.assign(changed(CHANGED_E0B), { blocked: true }), 0, true), { fields: -1 })
})

test('two SACK blocks keep their room, more make way; without timestamps there is room for both', t => {
  const all = changed(CHANGED_E0B | CHANGED_E1B)
  // 40 bytes less 12 of timestamps; 12 for three counters, 4 and 8 for each block.
  t.like(planned(all, 0, true), { fields: 3, blocks: 0 })
  t.like(planned(all, 1, true), { fields: 3, blocks: 1 })
  t.like(planned(all, 2, true), { fields: -1, blocks: 2 })
  t.like(planned(all, 3, true), { fields: -1, blocks: 3 })
  t.like(planned(all, 2, false), { fields: 3, blocks: 2 })
  t.like(planned(all, 3, false), { fields: 3, blocks: 3 })
  t.like(planned(all, 4, false), { fields: 3, blocks: 3 })
  t.like(planned(changed(CHANGED_E0B), 2, true), { fields: 1, blocks: 2 })
  t.like(planned(changed(CHANGED_E0B), 3, true), { fields: 1, blocks: 2 })
  // What has changed before should be in it, and is where there is room.
  t.like(planned(changed(CHANGED_E0B, CHANGED_E0B | CHANGED_CEB), 1, true), { fields: 2, order: 0 })
})

test('an option that leaves has told of what has changed, and of one that was owed', t => {
  const a = Object.assign(changed(CHANGED_CEB), { demand: 2 })
  Object.assign(a.r, { ceb: 7, e0b: 8, e1b: 9 })
  const out = new OutgoingSegment()
  putOption(a, { fields: 2, order: 1, blocks: 0 }, out)
  t.like(out, { accEcnFields: 2, accEcnOrder: 1, e0b: 8, ceb: 7, e1b: 9 })
  t.like(a, { changed: 0, demand: 1 })
  putOption(Object.assign(a, { demand: 0 }), { fields: 2, order: 1, blocks: 0 }, out)
  t.is(a.demand, 0)
})

test('the option of a SYN,ACK has as many counters as there is room for', t => {
  const beside = (used: number): number => {
    const out = new OutgoingSegment()
    putInitialOption(out, used)
    return out.accEcnFields
  }
  t.deepEqual([0, 28, 29, 32, 33, 36, 37, 40].map(beside), [3, 3, 2, 2, 0, 0, -1, -1])
})
