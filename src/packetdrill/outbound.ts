/** Waiting for the packet that a script expects, and holding what came against it. */
import { pushAll } from '../trace/extremes.ts'
import { SYN } from '../wire/tcp.ts'
import type { ScriptEvent, TcpPacket } from './ast.ts'
import { aggregate, differences } from './compare.ts'
import type { Config } from './config.ts'
import { formatExpected, formatLive, type LivePacket, readPacket } from './live-packet.ts'
import { Mismatch, seconds } from './outcome.ts'
import { belongs, isOpening } from './sockets-under-test.ts'
import { LONGEST_WAIT, type Timeline } from './timeline.ts'
import type { UnderTest } from './under-test.ts'
import type { Wire } from './wire.ts'

/** A packet is waited for so long past its time, µs. */
const GRACE = 2_000_000

export class Outbound {
  readonly #timeline: Timeline
  readonly #wire: Wire
  readonly #config: Config

  constructor(timeline: Timeline, wire: Wire, config: Config) {
    this.#timeline = timeline
    this.#wire = wire
    this.#config = config
  }

  /** @throws Mismatch */
  expect(event: ScriptEvent, expected: TcpPacket, socket: UnderTest): void {
    const any = event.time.type === 'any'
    const { now } = this.#timeline
    const deadline = any ? now + LONGEST_WAIT : Math.max(now, this.#timeline.expected(event).to) + GRACE
    const parts: LivePacket[] = []
    let length = 0
    do {
      const part = this.#next(socket, deadline)
      if (part === null)
        throw new Mismatch(
          event.line,
          this.#missing(parts, deadline),
          expectedAndCame(expected, parts, socket),
        )
      parts.push(part)
      length += part.length
      if (parts.length === 1) this.#begins(event, expected, part, socket)
    } while (!this.#config.strictSegments && length < expected.length)
    const whole = aggregate(parts)
    if (whole === null)
      throw new Mismatch(
        event.line,
        'the segments are not parts of one packet: of other sizes, with gaps, or with other acknowledgments, windows or flags',
        expectedAndCame(expected, parts, socket),
      )
    const wrong = differences(expected, whole, socket, this.#config)
    if (!any) pushAll(wrong, this.#timeline.lateness(event, whole.time, this.#config))
    if (wrong.length > 0)
      throw new Mismatch(event.line, wrong.join('; '), expectedAndCame(expected, [whole], socket))
  }

  /** Checks that this is the first segment that is expected, before others are looked for to complete it. */
  #begins(event: ScriptEvent, expected: TcpPacket, part: LivePacket, socket: UnderTest): void {
    if (part.flags & SYN && expected.flags & SYN) {
      // In the script's SYN its own sequence numbers begin.
      socket.localIsn = part.seq
      socket.scriptLocalIsn = expected.seq
    }
    if (part.length >= expected.length) return
    const wrong = differences(expected, part, socket, this.#config).filter(text => /^(?:seq|ack):/.test(text))
    if (wrong.length > 0)
      throw new Mismatch(event.line, wrong.join('; '), expectedAndCame(expected, [part], socket))
  }

  #missing(parts: readonly LivePacket[], deadline: number): string {
    const what = parts.length === 0 ? 'no packet came' : 'the rest of the packet did not come'
    const never = this.#timeline.clock.idle ? ', and none ever would' : ''
    return `${what} until ${seconds(deadline)}${never}`
  }

  /** The next packet of the socket's that has been sent, or will be until `deadline` (µs). */
  #next(socket: UnderTest, deadline: number): LivePacket | null {
    for (;;) {
      const packet = this.#wire.take()
      if (packet === null) {
        if (!this.#timeline.step(deadline)) return null
        continue
      }
      const live = readPacket({ bytes: packet.bytes, time: this.#timeline.fromClock(packet.time) })
      if (live === null) continue
      if (isOpening(live, socket)) socket.localPort = live.sourcePort
      if (belongs(live, socket)) return live
    }
  }
}

const expectedAndCame = (expected: TcpPacket, came: readonly LivePacket[], socket: UnderTest): string[] => [
  `expected  ${formatExpected(expected)}`,
  ...(came.length === 0
    ? ['came      nothing']
    : came.map(live => `came      ${formatLive(live, socket)}  at ${seconds(live.time)}`)),
]
