import { first, isData, nth, type Predicate } from '../../link/path/script.ts'
import { SYN } from '../../wire/tcp.ts'
import { type Bench, connected } from '../bench.ts'
import type { Findings } from '../findings.ts'
import type { Lab } from '../lab.ts'
import type { RunSegment } from '../recorder.ts'

const BYTES = 60_000

/** A transfer over a connection of its own; its segments. */
const transfer = async (
  bench: Bench,
  f: Findings,
  what: string,
  port: number,
  tcp: object,
): Promise<{ readonly data: RunSegment[]; readonly acks: RunSegment[] }> => {
  bench.client.note(what)
  const { door, wire, served } = await connected(bench, {
    port,
    client: { tcp },
    server: { tcp, closesAtEnd: true },
  })
  await wire.write(BYTES)
  await wire.close()
  await bench.until(`all bytes (${what})`, () => served.ended)
  f.same(`${what}: every byte arrives once, in order`, [served.received, served.intact], [BYTES, true])
  await bench.after(1000)
  await door.close()
  const all = f.of(wire.localPort)
  return {
    data: all.filter(s => s.from === 'client' && s.length > 0),
    acks: all.filter(s => s.from === 'server'),
  }
}

/** The segments with this byte of the text, from 1, whatever they carry beside it. */
const carries = (place: number): Predicate => {
  let begin = 0
  return p => {
    if (p.flags & SYN) begin = p.seq
    const at = (begin + place - p.seq) | 0
    return at >= 0 && at < p.length
  }
}

/** The copies of what was lost: the original and its retransmissions. */
const copies = (data: readonly RunSegment[], lost: RunSegment | undefined): RunSegment[] =>
  data.filter(s => lost !== undefined && s.seq === lost.seq)

const isLost = (s: RunSegment): boolean => s.fate.includes('lost')

export const loss: Lab = {
  name: 'loss',
  summary: 'Transfers with lost, reordered and duplicated packets: the ways in which TCP repairs them',
  shows:
    'A gap is told by duplicate ACKs: the third brings the retransmission (RFC 5681 §3.2), SACK blocks say what is there already (RFC 2018), and where nothing comes back the timer fires, each time after twice the time (RFC 6298 §5.5). Every byte is read once, in order, whatever the network does.',
  bench: () => ({ path: { delay: 10 } }),
  tail: 100_000,
  async script(bench, f) {
    const PLAIN = {
      sack: false,
      timestamps: false,
      tailLossProbe: false,
      frto: false,
      congestionControl: 'reno',
    }

    bench.change({ drop: nth(8, isData) }, 'client')
    const reno = await transfer(bench, f, 'one loss, without SACK', 81, PLAIN)
    const gap = reno.data.find(isLost)
    const again = copies(reno.data, gap)
    const duplicates = reno.acks.filter(a => a.ack === gap?.seq && (again[1]?.time ?? 0) > a.time)
    f.same('without SACK: the lost segment is sent twice', again.length, 2)
    // The one that asks for it, and its duplicates: those that have arrived.
    f.that(
      'without SACK: after three duplicate ACKs',
      duplicates.filter(a => (a.arrivals[0] ?? Infinity) <= (again[1]?.time ?? 0)).length >= 4,
      f.lines(duplicates),
    )
    f.that(
      'without SACK: sooner than a timeout',
      f.realTime || (again[1]?.time ?? Infinity) - (gap?.time ?? 0) < 200,
      f.gaps(again),
    )
    f.that(
      'without SACK: no SACK block',
      reno.acks.every(({ sack }) => sack.length === 0),
    )

    bench.change({ drop: nth([8, 12], isData) }, 'client')
    const sack = await transfer(bench, f, 'two losses, with SACK', 82, {})
    const holes = sack.data.filter(isLost)
    f.same('with SACK: lost', holes.length, 2)
    for (const hole of holes) f.same('with SACK: each is sent twice', copies(sack.data, hole).length, 2)
    // A machine that stands still lets a tail loss probe go out that else would not.
    if (!f.realTime)
      f.same(
        'with SACK: nothing else is',
        sack.data.length - new Set(sack.data.map(({ seq }) => seq)).size,
        2,
      )
    f.that(
      'with SACK: the blocks name what is beyond the gap',
      sack.acks.some(a => a.ack === holes[0]?.seq && a.sack.length > 0),
      f.lines(sack.acks),
    )

    bench.change({ drop: first(3, carries(BYTES)) }, 'client')
    const timer = await transfer(bench, f, 'the last segment lost three times', 83, PLAIN)
    const tail = copies(timer.data, timer.data.find(isLost))
    f.same('by the timer: sent four times', tail.length, 4)
    const [a, b, c] = f.gaps(tail)
    f.near(
      'by the timer: the second timeout is twice the first',
      (b ?? 0) / (a ?? 1),
      2,
      f.short ? 0.7 : 0.05,
    )
    f.near('by the timer: the third twice the second', (c ?? 0) / (b ?? 1), 2, f.short ? 0.7 : 0.05)

    bench.change(
      { drop: () => false, reorder: nth([8, 20], isData), duplicate: nth([12, 15], isData) },
      'client',
    )
    const mixed = await transfer(bench, f, 'two reordered, two duplicated', 84, {})
    f.same('duplicated on the way', mixed.data.filter(({ arrivals }) => arrivals.length > 1).length, 2)
  },
  check(f) {
    f.that(
      'what is lost is lost by script',
      f.segments().every(s => !isLost(s) || s.fate === 'lost: script'),
    )
  },
}
