/**
 * Any interleaving of what users may call, on both sides, over any link: streams stay prefixes of what was sent, an
 * orderly end means that both sides have closed and all has arrived, memory is bounded, and in the end nothing is
 * left.
 */
import test from 'ava'
import fc from 'fast-check'
import type { Host } from '../../src/host/host.ts'
import type { PathOptions } from '../../src/link/path/options.ts'
import { first } from '../../src/link/path/script.ts'
import type { ConnectionUser } from '../../src/tcp/block/connection-user.ts'
import type { ConnectionView as Connection } from '../../src/tcp/block/connection-view.ts'
import type { TraceEvent } from '../../src/tcp/block/events.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { abort, close, receive, release, send, setUser } from '../../src/tcp/calls.ts'
import { congestionControls } from '../../src/tcp/congestion/registry.ts'
import type { State } from '../../src/tcp/state.ts'
import { parseAddress } from '../../src/wire/address.ts'
import { ACK, FIN, SYN } from '../../src/wire/tcp.ts'
import { A, A6, B, B6, type Pair, pattern, twoHosts } from '../support/two-hosts.ts'

const ANY = parseAddress('::')
/** One way, ms. */
const DELAY = 3
const STREAM = pattern(1 << 22, 7)

type Side = 'a' | 'b'
type Step = { readonly wait: number } & (
  | { readonly call: 'send'; readonly side: Side; readonly bytes: number }
  | {
      readonly call: 'close' | 'release' | 'abort' | 'read' | 'stop reading' | 'take one'
      readonly side: Side
    }
  | { readonly call: 'network'; readonly side: Side; readonly faults: PathOptions }
  | { readonly call: 'lose'; readonly side: Side; readonly flags: number; readonly count: number }
)

/** One end of the connection, with all that it has said and heard. */
class End implements ConnectionUser {
  c: Connection | null = null
  log: string[] = []
  reading = true
  said = 0
  heard = 0
  /** It has closed, released or aborted. */
  closing = false
  gone = false
  wrong = ''

  established(): void {
    this.log.push('established')
  }
  readable(): void {
    if (this.reading) this.read(Number.POSITIVE_INFINITY)
  }
  read(chunks: number): void {
    const c = this.c
    if (c === null || this.gone) return
    for (let n = 0; n < chunks; n++) {
      const chunk = receive(c)
      if (chunk === null) break
      if (STREAM.compare(chunk, 0, chunk.length, this.heard, this.heard + chunk.length) !== 0)
        this.wrong ||= `wrong bytes at ${this.heard}`
      this.heard += chunk.length
    }
  }
  writable(): void {}
  closed(error: string | null): void {
    this.log.push(`closed ${error ?? 'in order'}`)
  }
  get over(): string | undefined {
    return this.log.find(line => line.startsWith('closed'))
  }
}

const perform = (seed: number, opening: string, tcp: Partial<TcpOptions>, steps: readonly Step[]): void => {
  const states = new Map<string, State>()
  const watch = (host: Side, e: TraceEvent) => {
    if (e.type !== 'transition' || e.connection.remotePort === 0) return
    const id = `${host} ${e.connection.localPort} ${e.connection.remotePort}`
    const before = states.get(id) ?? 'CLOSED'
    const fresh = before === 'CLOSED' || before === 'LISTEN'
    must(
      fresh ? e.from === 'CLOSED' || e.from === 'LISTEN' : e.from === before,
      `${id}: ${before}, ${e.from}`,
    )
    states.set(id, e.to)
  }
  const pair = twoHosts(seed, { delay: DELAY }, tcp, watch)
  pair.network.guard(() => {
    converse(pair, opening, steps, seed % 2 === 0)
    // A half-open connection that is reset goes back to LISTEN (figure 5, note 1).
    for (const [id, state] of states) must(state === 'CLOSED' || state === 'LISTEN', `${id} ends in ${state}`)
  })
}

const converse = (
  { clock, a, b, paths }: Pair,
  opening: string,
  steps: readonly Step[],
  ipv6: boolean,
): void => {
  const [toA, toB] = ipv6 ? [A6, B6] : [A, B]
  const ends: Record<Side, End> = { a: new End(), b: new End() }
  const accept = (host: Host, end: End) => {
    const listener = host.listen(ANY, 80, {
      acceptable: () => {
        for (let c = listener.accept(); c !== null; c = listener.accept()) {
          // A SYN may come to life again and open a second connection; the first is the one we talk over.
          if (end.c !== null) {
            abort(c)
            continue
          }
          end.c = c
          setUser(c, end)
          end.readable()
        }
      },
    })
    return listener
  }
  const listeners = [accept(a, ends.a), accept(b, ends.b)]
  if (opening === 'simultaneous') {
    ends.a.c = a.connect(toB, 7, ends.a, { localPort: 7 })
    ends.b.c = b.connect(toA, 7, ends.b, { localPort: 7 })
  } else if (opening === 'a') ends.a.c = a.connect(toB, 80, ends.a)
  else ends.b.c = b.connect(toA, 80, ends.b)

  const check = () => {
    for (const [me, other] of [
      [ends.a, ends.b],
      [ends.b, ends.a],
    ] as const) {
      must(me.wrong === '', me.wrong)
      must(me.heard <= other.said, `heard ${me.heard} of ${other.said}`)
      const { c } = me
      if (c === null) continue
      const held = c.receiveQueue.length + c.receiveQueue.bytesAbove
      must(held <= c.receiveBuffer.size + (1 << c.rcv.scale), `${held} bytes in the receive queue`)
      must(c.sendQueue.length <= me.said, 'more in the send queue than was sent')
      checkFlight(c)
      if (c.finReceived) {
        must(other.closing, 'the end of a stream that was not closed')
        if (c.receiveQueue.length === 0 && !me.gone && c.error === null)
          must(me.heard === other.said, `the end after ${me.heard} of ${other.said} bytes`)
      }
      if (me.over === 'closed in order' && !me.gone) {
        must(me.closing, 'closed in order though we have not closed')
        if (me.log.includes('established')) must(other.closing, 'closed in order though the peer has not')
      }
    }
  }
  for (const step of steps) {
    clock.advance(step.wait)
    check()
    const me = ends[step.side]
    const { c } = me
    const path = paths[step.side === 'a' ? 0 : 1]
    switch (step.call) {
      case 'network':
        path.options = { delay: DELAY, ...step.faults }
        break
      case 'lose':
        path.options = { delay: DELAY, drop: first(step.count, p => (p.flags & step.flags) !== 0) }
        break
      case 'send':
        if (c === null || me.gone) break
        try {
          send(c, STREAM.subarray(me.said, me.said + step.bytes))
          must(!me.closing, 'sent after CLOSE')
          me.said += step.bytes
        } catch (error) {
          if (!(error instanceof Error) || error.name !== 'TcpError') throw error
          must(me.closing || me.over !== undefined || c.error !== null, `refused: ${error.message}`)
        }
        break
      case 'close':
        if (c === null) break
        me.closing = true
        close(c)
        break
      case 'release':
      case 'abort':
        if (c === null) break
        me.closing = true
        me.gone = true
        if (step.call === 'abort') abort(c)
        else release(c)
        break
      case 'read':
        me.reading = true
        me.readable()
        break
      case 'take one':
        me.read(1)
        break
      case 'stop reading':
        me.reading = false
        break
    }
  }
  // The network heals, users read what there is and let go.
  for (const path of paths) path.options = { delay: DELAY }
  for (const end of [ends.a, ends.b]) {
    end.reading = true
    end.readable()
  }
  clock.advance(5000)
  check()
  for (const listener of listeners) listener.close()
  for (const end of [ends.a, ends.b])
    if (end.c !== null && !end.gone) {
      end.closing = true
      end.gone = true
      release(end.c)
    }
  clock.run(Number.POSITIVE_INFINITY, 2_000_000)
  for (const end of [ends.a, ends.b]) {
    must(end.wrong === '', end.wrong)
    if (end.c === null) continue
    must(end.over !== undefined, 'the user was never told of the end')
    must(end.log.filter(line => line.startsWith('closed')).length === 1, 'told of the end twice')
    must(end.c.sendQueue.length === 0, 'bytes left in the send queue')
    must(end.c.receiveQueue.bytesAbove === 0 || end.c.error === null, 'pieces left in the receive queue')
  }
  for (const host of [a, b]) {
    must(host.connections.size === 0, 'a connection is left')
    must(host.timers === 0, 'a timer is left')
  }
}

/** The transmissions on record lie end to end from SND.UNA to SND.NXT, and the counters count them. */
const checkFlight = (c: Connection): void => {
  const { flight, snd } = c
  if (!c.synAcked || c.state === 'CLOSED' || c.state === 'TIME_WAIT') return
  let next = snd.una
  let underWay = 0
  let sacked = 0
  let lost = 0
  let count = 0
  for (let x = flight.first; x !== null; x = x.next) {
    must(x.seq === next && x.length > 0, 'transmissions do not lie end to end')
    next = x.end
    count++
    if (x.sacked) sacked += x.length
    else if (x.underWay) underWay += x.length
    else lost += x.length
    must(!(x.sacked && x.previous?.sacked), 'SACKed neighbours are not joined')
  }
  must(next === snd.nxt, 'the last transmission does not end at SND.NXT')
  must(underWay === flight.underWay && sacked === flight.sacked && lost === flight.lost, 'miscounted')
  const { oldest } = flight.departures
  must((oldest === null) === (underWay === 0), 'nothing in the order of time')
  for (let x = flight.first; x !== null; x = x.next)
    must(!x.underWay || x.sentAt >= oldest!.sentAt, 'not in the order of time')
  must(count <= 2 + 2 * Math.ceil(c.inFlight / Math.min(c.snd.mss, 400)) + 64, `${count} transmissions`)
}

const must = (condition: boolean, what: string): void => {
  if (!condition) throw new Error(what)
}

const side = fc.constantFrom<Side>('a', 'b')
const wait = fc.oneof(
  { weight: 3, arbitrary: fc.nat(20) },
  { weight: 2, arbitrary: fc.nat(1000) },
  { weight: 1, arbitrary: fc.nat(30_000) },
)
const rate = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.4, noNaN: true }))
const faults = fc.record({
  loss: fc.oneof(rate, fc.constant(1)),
  duplicate: rate,
  reorder: rate,
  reorderDelay: fc.nat(50),
  corrupt: rate,
  jitter: fc.constantFrom(0, 0, 2, 20),
  keepOrder: fc.boolean(),
  rate: fc.constantFrom(Number.POSITIVE_INFINITY, 100_000, 1_000_000, 20_000_000),
  queue: fc.constantFrom(3000, 100_000),
  ecnThreshold: fc.constantFrom(0, 3000, 50_000),
  blackhole: fc.constantFrom(false, false, false, true),
})
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      wait,
      call: fc.constant('send' as const),
      side,
      bytes: fc.oneof(fc.nat(100), fc.nat(5000), fc.nat(100_000)),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      wait,
      call: fc.constantFrom('read' as const, 'stop reading' as const, 'take one' as const),
      side,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      wait,
      call: fc.constantFrom('close' as const, 'close' as const, 'release' as const, 'abort' as const),
      side,
    }),
  },
  { weight: 3, arbitrary: fc.record({ wait, call: fc.constant('network' as const), side, faults }) },
  {
    weight: 3,
    arbitrary: fc.record({
      wait: fc.nat(5),
      call: fc.constant('lose' as const),
      side,
      flags: fc.constantFrom(SYN, FIN, ACK),
      count: fc.integer({ min: 1, max: 6 }),
    }),
  },
)
const options: fc.Arbitrary<Partial<TcpOptions>> = fc.record({
  msl: fc.constantFrom(1000, 30_000),
  timestamps: fc.boolean(),
  windowScaling: fc.boolean(),
  noDelay: fc.boolean(),
  delayedAck: fc.constantFrom(0, 40, 200),
  receiveBuffer: fc.constantFrom(2000, 16_384, 65_535, 300_000),
  maxReceiveBuffer: fc.constantFrom(300_000, 1 << 20),
  minRto: fc.constantFrom(200, 1000),
  sack: fc.boolean(),
  lossDetection: fc.constantFrom('rack', 'rack', 'sack'),
  tailLossProbe: fc.boolean(),
  frto: fc.boolean(),
  ecn: fc.constantFrom('off', 'passive', 'on'),
  congestionControl: fc.constantFrom(...congestionControls()),
  userTimeout: fc.constantFrom(0, 20_000, 300_000),
  retries: fc.constantFrom(3, 15),
  keepAlive: fc.boolean(),
  keepAliveIdle: fc.constantFrom(1000, 20_000),
  keepAliveInterval: fc.constant(1000),
  keepAliveCount: fc.constant(3),
})

/** Tests `runs` cases that follow from `seed`. */
export const testCalls = (runs: number, seed: number): void => {
  test(`any calls on both sides over any link: prefixes, orderly ends, bounded memory, nothing left (${runs} from seed ${seed})`, t => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.constantFrom('a', 'b', 'simultaneous'),
        options,
        fc.array(step, { maxLength: 30 }),
        perform,
      ),
      { numRuns: runs, seed },
    )
    t.pass()
  })
}
