/** What a connection, a path and a segment begin with. */
import test from 'ava'
import { OutgoingSegment } from '../../src/tcp/block/outgoing.ts'
import { NO_PATH, PathMtu } from '../../src/tcp/block/path-mtu-state.ts'
import { ReceiveSpace, SendSpace } from '../../src/tcp/block/sequence-spaces.ts'

test('before the peer’s SYN it offers nothing, nothing is urgent, a segment has 536 octets, and no window was offered', t => {
  t.deepEqual(
    { ...new SendSpace(77) },
    {
      ...{ iss: 77, una: 77, nxt: 77, small: 77, mss: 536, up: null },
      ...{ wnd: 0, maxWnd: 0, wl1: 0, wl2: 0, scale: 0, largestAcked: 0, largestSent: 0 },
    },
  )
  t.deepEqual(
    { ...new ReceiveSpace() },
    {
      ...{ nxt: 0, edge: 0, maxWnd: 0, irs: 0, lastAck: 0, up: null, fin: null },
      ...{ scale: 0, mss: 0, lastSize: 0, trafficClass: 0 },
    },
  )
})

/** All that decides what a segment looks like. The fields of options that it does not bear are nobody's. */
const looks = (s: OutgoingSegment) => {
  const { tsVal, tsEcr, accEcnOrder, e0b, ceb, e1b, sackEdges, ...rest } = s
  return rest
}

test('a segment that is used again bears nothing of the one before', t => {
  const used = Object.assign(new OutgoingSegment(), {
    ...{
      urgent: 1,
      length: 2,
      segmentSize: 3,
      mss: 4,
      windowScale: 5,
      sackPermitted: true,
      timestamps: true,
      tsVal: 6,
    },
    ...{
      tsEcr: 7,
      userTimeout: 8,
      fastOpen: new Uint8Array(4),
      fastOpenExperiment: true,
      accEcnFields: 3,
      ecn: 2,
    },
    ...{ sackCount: 2, dontFragment: false },
  })
  t.deepEqual(looks(used.reset(0, 0, 0, 0, 'ACK')), looks(new OutgoingSegment()))
  t.like(used.reset(1, 2, 3, 4, 'FIN'), { seq: 1, ack: 2, flags: 3, window: 4, reason: 'FIN' })
})

test('of a path only its size is known at first: nothing is claimed, probed or waited for', t => {
  const { ...known } = PathMtu.unknown(1500, 3)
  t.deepEqual(known, {
    ...{
      size: 1500,
      version: 3,
      shared: true,
      fragment: false,
      until: Number.POSITIVE_INFINITY,
      changedAt: 0,
    },
    ...{
      claimed: 0,
      claimedSeq: 0,
      waiting: false,
      reviewedAt: 0,
      low: 0,
      high: 0,
      searching: false,
      probeAt: 0,
    },
    ...{ probeSize: 0, probeSeq: 0, probeEnd: 0 },
  })
  t.is(PathMtu.unknown(1500, 3), PathMtu.unknown(1500, 3), 'all that know no more share one')
  t.not(PathMtu.unknown(1500, 4), PathMtu.unknown(1500, 3))
  t.like(NO_PATH, { size: 0, version: -1 })
  const own = PathMtu.unknown(1500, 3).own()
  t.false(own.shared)
  t.is(own.own(), own)
})

test('a probe that goes again is none any more; what lies beside it changes nothing', t => {
  const probing = (): PathMtu =>
    Object.assign(PathMtu.unknown(1500, 3).own(), { probeSize: 2000, probeSeq: 100, probeEnd: 200 })
  const after = (seq: number): number => {
    const path = probing()
    path.sentAgain(seq)
    return path.probeSize
  }
  t.deepEqual([99, 100, 199, 200].map(after), [2000, 0, 0, 2000])
})
