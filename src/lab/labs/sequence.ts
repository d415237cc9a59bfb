import { connected } from '../bench.ts'
import type { Lab } from '../lab.ts'

const SIZES = [1, 10, 100, 1000, 5000]
const TOTAL = SIZES.reduce((sum, size) => sum + size, 0)

export const sequence: Lab = {
  name: 'sequence',
  summary: 'Both sides send data of several sizes: what takes a sequence number',
  shows:
    'A byte of text takes one sequence number, SYN and FIN one each, a pure ACK none: the segment after it has the same number. An acknowledgment names the next byte that is expected: ack = seq + length.',
  bench: () => ({ path: { delay: 10 } }),
  tail: 100_000,
  async script(bench, f) {
    const { wire, served } = await connected(bench, { server: { closesAtEnd: true } })
    let total = 0
    for (const size of SIZES) {
      total += size
      await wire.write(size)
      if (bench.short) await bench.until('the text', () => served.received === total)
      await bench.after(200)
      await served.write(size)
      if (bench.short) await bench.until('the answer', () => wire.received === total)
      await bench.after(200)
    }
    f.that('both have read what the other has sent', wire.intact && served.intact)
    f.same('bytes that each has read', [wire.received, served.received], [TOTAL, TOTAL])
    await wire.close()
    await bench.until('the close', () => served.gone)
  },
  check(f) {
    for (const from of ['client', 'server'] as const) {
      let next: number | null = null
      let wrong = ''
      for (const s of f.segments(from)) {
        // On a machine that stands still for a while a timer may fire that would not fire otherwise.
        if (f.realTime && next !== null && ((s.seq - next) | 0) < 0) continue
        if (next !== null && s.seq !== next) wrong ||= `${f.lines([s])[0]}, expected ${next}`
        next = (s.seq + s.length + (s.flags & 2 ? 1 : 0) + (s.flags & 1 ? 1 : 0)) >>> 0
      }
      f.that(`each segment of the ${from} begins where the last ended`, wrong === '', wrong)
      const pure = f.segments(from).filter(s => s.length === 0 && (s.flags & 7) === 0)
      f.that(
        `there are pure ACKs of the ${from}`,
        pure.length >= (f.realTime ? 1 : SIZES.length),
        pure.length,
      )
    }
    // All that has arrived before is acknowledged up to its end, and nothing that has not.
    for (const from of ['client', 'server'] as const) {
      const last = f.segments(from).at(-1)
      const sent = f
        .segments(from === 'client' ? 'server' : 'client')
        .filter(s => s.length > 0 || s.flags & 3)
      const end = sent.at(-1)
      f.same(
        `the last acknowledgment of the ${from} is seq + length of what it had`,
        last?.ack,
        end && (end.seq + end.length + (end.flags & 3 ? 1 : 0)) >>> 0,
      )
      const early = f
        .segments(from)
        .find(
          a =>
            a.flags & 16 &&
            !sent.some(
              s =>
                (s.arrivals[0] ?? Infinity) <= a.time &&
                a.ack === (s.seq + s.length + (s.flags & 3 ? 1 : 0)) >>> 0,
            ),
        )
      f.that(
        `every acknowledgment of the ${from} names the end of a segment that has arrived`,
        early === undefined,
        early && f.lines([early]),
      )
    }
    const client = f.segments('client').filter(({ length }) => length > 0)
    // A segment that was sent again is there once more.
    const places = new Map(client.map(s => [s.seq, s.length]))
    f.same(
      'bytes on the wire from the client',
      [...places.values()].reduce((sum, length) => sum + length, 0),
      TOTAL,
    )
  },
}
