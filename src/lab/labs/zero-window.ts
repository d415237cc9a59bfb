import { largest } from '../../trace/extremes.ts'
import { relativeAck, relativeSeq } from '../../trace/observed-segment.ts'
import { connected } from '../bench.ts'
import type { Lab } from '../lab.ts'

const BUFFER = 10_000
const BYTES = 50_000

export const zeroWindow: Lab = {
  name: 'zero-window',
  summary: 'The receiver stops reading: its window closes, is probed, and opens again',
  shows:
    'The receiver says with each ACK how much it can take: at 0 the sender stops. An update that opens the window may be lost, so the sender probes, at growing intervals and for as long as it is answered (RFC 9293 §3.8.6.1). When the application reads again the transfer goes on; nothing is lost.',
  bench: () => ({ path: { delay: 10 } }),
  tail: 100_000,
  async script(bench, f) {
    const { wire, served } = await connected(bench, {
      server: { reading: false, tcp: { receiveBuffer: BUFFER }, closesAtEnd: true },
    })
    await wire.write(BYTES)
    await wire.close()
    // Three probes come in seven seconds, six in a minute.
    if (bench.short) {
      await bench.until('three probes', () => {
        const shutAt = f.segments('server').find(s => s.window === 0)?.time ?? Infinity
        return f.segments('client').filter(s => s.time > shutAt + 500).length >= 3
      })
      await bench.after(500)
    } else await bench.after(60_000)
    f.same('what the application has read so far', served.received, 0)
    const shut = f.segments('server').filter(s => s.window === 0)
    const since = shut[0]?.time ?? Infinity
    const sent = f.segments('client').filter(s => s.length > 0 && s.time <= since)
    f.that('the window closes', shut.length > 0, f.lines(f.segments('server')))
    // The right edge that the server has told of: its SYN's window is not scaled.
    const syn = f.segments('server').find(({ flags }) => flags & 2)
    const edges = f
      .segments('server')
      .filter(s => s.time <= since)
      .map(s => relativeAck(s, f.begin) + s.window * (s === syn ? 1 : 2 ** (syn?.scale ?? 0)))
    const edge = largest(edges, 0)
    const last = largest(
      sent.map(s => relativeSeq(s, f.begin) + s.length),
      0,
    )
    f.that('no more is sent than the window allows', last <= edge, `${last}, allowed ${edge}`)
    f.that('which is a buffer full, not all', last < BYTES, last)
    const probes = f.segments('client').filter(s => s.time > since + (bench.short ? 500 : 20))
    const gaps = f.gaps(probes)
    f.that('it is probed', probes.length >= (bench.short ? 3 : 4), f.lines(probes))
    f.that(
      'at growing intervals',
      gaps.length > 1 && gaps.slice(1).every((gap, i) => gap > (f.realTime ? 1.2 : 1.5) * gaps[i]!),
      gaps,
    )
    f.that(
      'every probe is answered with a window of 0',
      probes.every(p => shut.some(a => a.time >= p.time && (f.realTime || a.time <= p.time + 100))),
      f.lines(probes),
    )
    await served.read(true)
    await bench.until('all bytes', () => served.ended)
    f.same('every byte arrives once, in order', [served.received, served.intact], [BYTES, true])
  },
  check(f) {
    const update = f.segments('server').find((s, i, all) => s.window > 0 && all[i - 1]?.window === 0)
    f.that('an update opens the window', update !== undefined)
    f.path('server', ['LISTEN', 'SYN_RECEIVED', 'ESTABLISHED', 'CLOSE_WAIT', 'LAST_ACK', 'CLOSED'])
  },
}
