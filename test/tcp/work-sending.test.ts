/** A peer's SACKs, losses and silence cost no more, segment by segment, when there is much in flight. */
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import type { Connection } from '../../src/tcp/block/connection.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { send } from '../../src/tcp/calls.ts'
import { tcpInfo } from '../../src/tcp/tcp-info.ts'
import { type Dialogue, dialogue } from '../support/dialogue.ts'
import { counting, growth } from '../support/operations.ts'
import { setWindow } from '../support/window.ts'

const MSS = 200
const at = (n: number): number => 1 + n * MSS
const ack = (n: number, ...ranges: readonly (readonly [number, number])[]): string =>
  `. 1:1(0) ack ${at(n)} win 65535${ranges.length > 0 ? ` <nop,nop,sack ${ranges.map(([a, b]) => `${at(a)}:${at(b)}`).join(' ')}>` : ''}`

interface World {
  readonly d: Dialogue
  readonly c: Connection
}

/** A connection with n segments in flight, each of which left at a time of its own where `apart`. */
const inFlight = (n: number, tcp: Partial<TcpOptions> = {}, apart = false): World => {
  const d = dialogue({
    tcp: { sack: true, initialWindow: 1000, tailLossProbe: false, userTimeout: 0, retries: 255, ...tcp },
  })
  d.listen()
  d.receives(`S 0:0(0) win 65535 <mss ${MSS},nop,nop,sackOK,nop,wscale 14>`)
  d.next()
  d.after(10)
  d.receives('. 1:1(0) ack 1 win 65535')
  const c = d.accepted.at(-1)!.connection!
  setWindow(c, { cwnd: 4 * n * MSS })
  if (apart)
    for (let i = 0; i < n; i++) {
      send(c, Buffer.alloc(MSS))
      d.after(i % 8 === 0 ? 1 : 0)
    }
  else send(c, Buffer.alloc(n * MSS))
  d.skip()
  if (c.flight.size < n) throw new Error(`only ${c.flight.size} are in flight`)
  d.after(10)
  return { d, c }
}

/** The packets are built before the work is counted, and what is sent is not kept. */
const hearing = ({ d }: World, lines: readonly string[]): (() => void) => {
  const packets = lines.map(line => d.build(line))
  return () => {
    for (const packet of packets) {
      d.inject(packet)
      d.link.sent.length = 0
    }
  }
}

const places = (n: number): number[] => Array.from({ length: n }, (_, i) => i)
const shuffled = (n: number): number[] => {
  const random = new SeededRandom(n)
  const list = places(n)
  for (let i = n - 1; i > 0; i--) {
    const k = random.uint32() % (i + 1)
    ;[list[i], list[k]] = [list[k]!, list[i]!]
  }
  return list
}

/** Orders in which single segments are SACKed. */
const ORDERS: Record<string, (n: number) => number[]> = {
  'every second': n => places(n >> 1).map(i => 2 * i + 1),
  'every second, from the end': n => places(n >> 1).map(i => n - 1 - 2 * i),
  'every second, from both ends in turn': n =>
    places(n >> 1).map(i => (i % 2 === 0 ? 1 + i : n - 1 - ((i >> 1) << 1))),
  'every second, jumping to and fro': n =>
    places(n >> 1).map(i => (i % 2 === 0 ? 2 * i + 1 : ((2 * i + n) % n) | 1)),
  'in any order': n => shuffled(n).filter(i => i > 0),
}

for (const lossDetection of ['rack', 'sack'] as const)
  for (const apart of [false, true])
    for (const [name, order] of Object.entries(ORDERS))
      counting(
        `${lossDetection}, sent ${apart ? 'one by one' : 'together'}: SACKs of ${name}, then silence`,
        t => {
          const attack = (n: number) => {
            const world = inFlight(n, { lossDetection }, apart)
            const hear = hearing(
              world,
              order(n).map(i => ack(0, [i, i + 1])),
            )
            return () => {
              hear()
              // Four timeouts: all is put back, and lost again.
              for (let k = 0; k < 4; k++) world.d.after(5000 << k)
            }
          }
          const ratio = growth(1000, attack)
          t.true(ratio < 2.6, `${ratio}`)
        },
      )

counting('losses that were none, again and again: each SACK brings a recovery, each D-SACK undoes it', t => {
  const attack = (n: number) => {
    const world = inFlight(n, {}, true)
    return () => {
      const { d, c } = world
      for (let i = 0; i < n >> 4; i++) {
        d.receives(ack(0, [n - 1 - 2 * i, n - 2 * i]))
        const sent = d.link.sent.filter(s => s.text.length > 0)
        d.link.sent.length = 0
        for (const s of sent.slice(0, 4)) {
          const left = (s.seq - d.ourIss.get('40000>80')!) | 0
          d.receives(
            `. 1:1(0) ack 1 win 65535 <nop,nop,sack ${left}:${left + s.text.length} ${left}:${left + MSS}>`,
          )
        }
        c.flight.unmarkLost()
        d.after(1)
      }
    }
  }
  // One look finds 256 lost: of so many that is no longer all of them.
  const ratio = growth(2500, attack)
  t.true(ratio < 2.6, `${ratio}`)
})

counting('segments that the peer acknowledges octet by octet', t => {
  const attack = (n: number) => {
    const world = inFlight(n)
    return hearing(
      world,
      places(n).map(i => `. 1:1(0) ack ${2 + i} win 65535 <nop,nop,sack ${at(n - 1)}:${at(n)}>`),
    )
  }
  const ratio = growth(1000, attack)
  t.true(ratio < 2.6, `${ratio}`)
})

counting('TCP_INFO is asked for with each ACK and SACK', t => {
  const attack = (n: number) => {
    const world = inFlight(n)
    const packets = places(n >> 1).map(i =>
      world.d.build(ack(i >> 1, [2 * i + 1, 2 * i + 2].map(k => Math.min(k, n)) as [number, number])),
    )
    return () => {
      for (const packet of packets) {
        world.d.inject(packet)
        tcpInfo(world.c)
        world.d.link.sent.length = 0
      }
    }
  }
  const ratio = growth(1000, attack)
  t.true(ratio < 2.6, `${ratio}`)
})

counting('a router makes the path narrower again and again, by one byte', t => {
  const attack = (n: number) => {
    const d = dialogue({
      tcp: { initialWindow: 1000, userTimeout: 0, noDelay: true, sendBuffer: 1 << 24, tailLossProbe: false },
    })
    const { connection } = d.established(
      {},
      'S 0:0(0) win 65535 <mss 1460,nop,wscale 14>',
      '. 1:1(0) ack 1 win 65535',
    )
    const c = connection!
    setWindow(c, { cwnd: 8 * n * 1460 })
    // One that is as large as it may be, and many that are small.
    send(c, Buffer.alloc(1460))
    for (let i = 0; i < n; i++) send(c, Buffer.alloc(100))
    let [front] = d.skip()
    d.link.sent.length = 0
    return () => {
      for (let i = 1; i < n >> 3; i++) {
        d.tooBig(front!, 1500 - i)
        front = d.link.sent[0] ?? front
        d.link.sent.length = 0
      }
      t.is(c.pathMtu.size, 1501 - (n >> 3))
    }
  }
  const ratio = growth(3000, attack)
  // The work of each claim by itself outweighs the walk.
  t.true(ratio < 2.3, `${ratio}`)
})
