/** Peers whose SACKs end within segments, whose windows flap, who take next to nothing, or end before the end: each segment costs the same. */
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import type { Connection } from '../../src/tcp/block/connection.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { send } from '../../src/tcp/calls.ts'
import { type Dialogue, dialogue } from '../support/dialogue.ts'
import { counting, growth } from '../support/operations.ts'
import { setWindow } from '../support/window.ts'

const STAMPS = 'TS val 1 ecr 0'

interface World {
  readonly d: Dialogue
  readonly c: Connection
  readonly random: SeededRandom
}

/** A connection with a peer who takes segments of `mss` octets. */
const opened = (n: number, mss: number, tcp: Partial<TcpOptions> = {}, stamps = false): World => {
  const d = dialogue({
    tcp: {
      sack: true,
      initialWindow: 1000,
      tailLossProbe: false,
      userTimeout: 0,
      retries: 255,
      minMss: 48,
      sendBuffer: 1 << 24,
      timestamps: stamps,
      ...tcp,
    },
  })
  d.listen()
  d.receives(
    `S 0:0(0) win 65535 <mss ${stamps ? 1 : mss},${stamps ? `sackOK,${STAMPS}` : 'nop,nop,sackOK'},nop,wscale 14>`,
  )
  d.next()
  d.after(10)
  d.receives(`. 1:1(0) ack 1 win 65535${stamps ? ` <nop,nop,TS val 2 ecr 0>` : ''}`)
  return { d, c: d.accepted.at(-1)!.connection!, random: new SeededRandom(n) }
}

/** The same with n full segments in flight. */
const inFlight = (n: number, mss: number, tcp: Partial<TcpOptions> = {}, stamps = false): World => {
  const world = opened(n, mss, tcp, stamps)
  const { d, c } = world
  setWindow(c, { cwnd: 4 * n * mss })
  send(c, Buffer.alloc(n * mss))
  d.skip()
  if (c.flight.size < n) throw new Error(`only ${c.flight.size} are in flight`)
  d.after(10)
  return world
}

/** The packets are built before the work is counted, and what is sent is not kept. */
const hearing = ({ d }: World, lines: readonly string[], pause = 0): (() => void) => {
  const packets = lines.map(line => d.build(line))
  return () => {
    for (const packet of packets) {
      d.inject(packet)
      if (pause > 0) d.after(pause)
      d.link.sent.length = 0
    }
  }
}

const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i))

const MSS = 200

/** A block of SACK that begins and ends anywhere in what is in flight, up to so long. */
const anywhere = ({ random }: World, n: number, longest: number): string => {
  const end = n * MSS
  const from = 1 + random.below(end - 1)
  return `${from}:${Math.min(end, from + 1 + random.below(longest))}`
}

const ATTACKS: Record<string, (n: number) => () => void> = {
  'SACKs that begin and end within segments, anywhere, then silence': n => {
    const world = inFlight(n, MSS)
    const hear = hearing(
      world,
      times(n, () => `. 1:1(0) ack 1 win 65535 <nop,nop,sack ${anywhere(world, n, 3 * MSS)}>`),
    )
    return () => {
      hear()
      for (let k = 0; k < 4; k++) world.d.after(5000 << k)
    }
  },
  'three SACK blocks anywhere, long and short, and acknowledgments within segments': n => {
    const world = inFlight(n, MSS)
    let una = 1
    return hearing(
      world,
      times(n, i => {
        una += world.random.below(MSS)
        const blocks = [n * MSS, MSS, 2].map(longest => anywhere(world, n, longest))
        return `. 1:1(0) ack ${Math.min(una, i * MSS + 1)} win 65535 <nop,nop,sack ${blocks.join(' ')}>`
      }),
    )
  },
  'a window that is shut and open in turn over all that is in flight': n => {
    const world = inFlight(n, MSS)
    const hear = hearing(
      world,
      times(n, i => `. 1:1(0) ack 1 win ${i % 2 === 0 ? 0 : 65535}`),
      1,
    )
    return hear
  },
  'a window that opens by an octet at a time, with text that waits for it': n => {
    const world = opened(n, MSS, { windowScaling: false, noDelay: true })
    send(world.c, Buffer.alloc(4 * n * MSS))
    world.d.skip()
    return hearing(
      world,
      times(n, i => `. 1:1(0) ack 1 win ${(i * 7) % 65_535}`),
      1,
    )
  },
  'an MSS of an octet, with timestamps, acknowledged octet by octet': n => {
    // The least that we send, 48 octets, less the timestamps.
    const world = inFlight(n, 36, {}, true)
    return hearing(
      world,
      times(n, i => `. 1:1(0) ack ${2 + i} win 65535 <nop,nop,TS val ${3 + i} ecr 0>`),
    )
  },
  'ends above gaps, each before the last one': n => {
    const world = opened(n, MSS)
    return hearing(world, [
      ...times(n, i => `. ${10 + 2 * i}:${11 + 2 * i}(1) ack 1 win 65535`),
      ...times(n, i => `F. ${10 + 2 * (n - i)}:${10 + 2 * (n - i)}(0) ack 1 win 65535`),
    ])
  },
  'text beyond the end of the stream': n => {
    const world = opened(n, MSS)
    return hearing(world, [
      ...times(n, i => `. ${10 + 2 * i}:${11 + 2 * i}(1) ack 1 win 65535`),
      'F. 5:5(0) ack 1 win 65535',
      ...times(n, i => `. ${10 + 2 * i}:${11 + 2 * i}(1) ack 1 win 65535`),
    ])
  },
}

for (const [name, attack] of Object.entries(ATTACKS))
  counting(`${name}: twice as much is twice the work`, t => {
    const ratio = growth(600, attack)
    t.true(ratio < 2.6, `${ratio}`)
  })
