/** Checks of a sender: retransmission, and how it keeps to our window. */
import { type Check, given, must, topic } from '../check.ts'
import type { Conversation } from '../conversation.ts'
import { describe, endOf, type Heard, withText } from '../heard.ts'

const sender = topic('sends')
const echo = topic('echo')

/** The time that the first retransmission may take, ms. */
const PATIENCE = 5000

/** The window that the examined fills before it waits. */
const WINDOW = 500

/** A connection whose peer has filled a small window and waits; what it has sent, in a segment if it can. */
const filled = async (c: Conversation): Promise<Heard[]> => {
  await c.open(`mss ${WINDOW}`, WINDOW)
  const flight = withText(await c.burst())
  given(endOf(flight) === WINDOW + 1, 'it did not fill our window')
  return flight
}

/** The next text that was sent before, or null: the first of it, or what a probe of the tail repeats (RFC 8985 §7). */
const repeated = async (c: Conversation, within = PATIENCE): Promise<Heard | null> => {
  for (const until = c.now + within; ; ) {
    const heard = await c.hear(until - c.now)
    if (heard === null || heard.length > 0) return heard
  }
}

/** Its text as it has come for the first time, by sequence number. */
const bytesOf = (flight: readonly Heard[]): Map<number, number> =>
  new Map(
    flight
      .toReversed()
      .flatMap(({ seq, text }) => Array.from(text, (byte, i) => [seq + i, byte] as [number, number])),
  )

/** The time within which the first probe of a shut window comes: stacks wait for five seconds, too, ms. */
const PERSISTENCE = 12_000

/** The next probe of a shut window, or null; text before it may come again meanwhile. */
const probed = async (c: Conversation, within: number): Promise<Heard | null> => {
  for (const until = c.now + within; ; ) {
    const heard = await c.hear(until - c.now)
    if (heard === null || heard.length <= 1 || heard.end > WINDOW + 1) return heard
  }
}

/** Answers five probes of a shut window. @returns the times between them. @throws Differs when one does not come */
const probeGaps = async (c: Conversation): Promise<number[]> => {
  await shut(c)
  const times: number[] = []
  for (let n = 0; n < 5; n++) {
    const last = times.length > 1 ? times.at(-1)! - times.at(-2)! : 0
    const probe = await probed(c, 3 * last + PERSISTENCE)
    must(probe !== null, `no probe came after the ${n}th`)
    times.push(probe.time)
    c.send('.')
  }
  return times.slice(1).map((time, i) => time - times[i]!)
}

/** Shuts the window behind what has come; the examined has more. */
const shut = async (c: Conversation): Promise<void> => {
  await filled(c)
  c.window = 0
  c.take(WINDOW + 1)
}

export const SENDING: readonly Check[] = [
  sender('window-obeyed', 'MUST', 'RFC 9293 §3.8.6', 'It sends no more than our window holds.', async c => {
    await c.open('mss 500', 1700)
    const end = endOf(await c.burst())
    must(end <= 1701, `it sent up to ${end} into a window up to 1701`)
  }),
  sender('window-opens', 'MUST', 'RFC 9293 §3.8.6', 'It goes on when our window opens.', async c => {
    await shut(c)
    await c.during(300)
    c.window = 5000
    c.skip()
    c.send('.')
    // A byte more may be a probe of the window that was shut.
    must(endOf(await c.burst()) > WINDOW + 2, 'it did not go on')
  }),
  sender(
    'window-of-an-older-segment',
    'MUST',
    'RFC 9293 §3.10.7.4',
    'The window of an older segment does not count, by its number or by what it acknowledges: a shut one stays shut.',
    async c => {
      const staysShut = async (): Promise<void> => {
        for (const heard of await c.during(150))
          must(heard.end <= WINDOW + 2, `it sent ${describe(heard)} into a window that is shut`)
      }
      await shut(c)
      await c.during(100)
      c.send('. ack 1 win 50000')
      await staysShut()
      // Text behind a gap is newer than what comes before the gap, where it does not wait with all that it says.
      c.send(`P. ${c.next + 100}:${c.next + 104}(4) win ${WINDOW}`)
      const end = endOf(await c.during(300))
      if (end <= WINDOW + 2) return
      c.send(`. ack ${WINDOW + 1} win 50000`)
      for (const heard of await c.during(150))
        must(heard.end <= Math.max(end, 2 * WINDOW + 1), `it took an older window: ${describe(heard)}`)
    },
  ),
  echo(
    'old-acknowledgment',
    'MUST',
    'RFC 9293 §3.10.7.4; RFC 5961 §5.2',
    'An acknowledgment of what was acknowledged already is ignored, as long as it is no older than its window.',
    async c => {
      await c.open()
      c.send('P. 1:101(100)')
      await c.echoed(100)
      await c.during(200)
      c.send('. ack 51')
      await c.unanswered('it is an old acknowledgment')
    },
  ),
  sender(
    'window-shrinks',
    'MUST',
    'RFC 9293 §3.8.6 MUST-34',
    'A window that shrinks under what is on its way does not break the connection.',
    async c => {
      await c.open('mss 500', 3000)
      const flight = withText(await c.burst())
      given(flight.length > 2, 'its first flight is too small')
      c.window = 100
      c.take(flight[0]!.end)
      await c.during(500)
      c.window = 5000
      c.take(endOf(flight))
      must(withText(await c.burst()).length > 0, 'it did not go on')
    },
  ),
  sender(
    'window-shrinks-no-new-text',
    'SHOULD',
    'RFC 9293 §3.8.6 SHLD-16',
    'Under a window that has shrunk it sends nothing new.',
    async c => {
      await c.open('mss 500', 3000)
      const flight = withText(await c.burst())
      given(flight.length > 2, 'its first flight is too small')
      c.window = 100
      c.take(flight[0]!.end)
      const end = endOf(flight)
      for (const heard of withText(await c.during(600)))
        must(heard.end <= end, `it sent more: ${describe(heard)}`)
    },
  ),
  sender(
    'zero-window-probe',
    'MUST',
    'RFC 9293 §3.8.6.1 MUST-36',
    'It probes our window when we have shut it.',
    async c => {
      await shut(c)
      must((await probed(c, PERSISTENCE)) !== null, `no probe came in ${PERSISTENCE / 1000} s`)
    },
    { pace: 'normal' },
  ),
  sender(
    'zero-window-probe-small',
    'habit',
    'RFC 9293 §3.8.6.1',
    'Its probe of our shut window is no more than a byte of what it has to send.',
    async c => {
      await shut(c)
      const probe = await probed(c, PERSISTENCE)
      given(probe !== null, 'no probe came')
      must(probe.length <= 1, `it sent ${probe.length} bytes into a shut window`)
    },
    { pace: 'normal' },
  ),
  sender(
    'zero-window-probe-goes-on',
    'MUST',
    'RFC 9293 §3.8.6.1 MUST-37',
    'It goes on probing for as long as we answer.',
    async c => {
      await probeGaps(c)
    },
    { pace: 'normal' },
  ),
  sender(
    'zero-window-probe-backs-off',
    'SHOULD',
    'RFC 9293 §3.8.6.1 SHLD-30',
    'It waits longer before each probe of a window that stays shut.',
    async c => {
      const gaps = await probeGaps(c)
      must(gaps.at(-1)! > 1.3 * gaps[0]!, `gaps of ${gaps.map(gap => gap.toFixed(0)).join(', ')} ms`)
    },
    { pace: 'normal' },
  ),
  sender(
    'zero-window-not-given-up',
    'MUST',
    'RFC 9293 §3.8.6.1 MUST-37',
    'It does not give up for as long as we answer its probes, be it for three minutes.',
    async c => {
      await shut(c)
      const until = c.now + 180_000
      while (c.now < until) {
        const probe = await c.hear(until - c.now)
        if (probe !== null) c.send('.')
      }
      c.window = 5000
      c.skip()
      c.send('.')
      must(withText(await c.burst(150, PATIENCE)).length > 0, 'it did not go on')
    },
    { pace: 'thorough' },
  ),
  sender(
    'silly-window-avoided',
    'MUST',
    'RFC 9293 §3.8.6.2.1 MUST-38',
    'Into a window that opens by a few bytes it does not send at once.',
    async c => {
      await c.open('mss 500', 1000)
      const flight = withText(await c.burst())
      given(flight.length === 2, 'its first flight is not two segments')
      c.window = 10
      c.take(endOf(flight))
      const soon = withText(await c.during(90))
      must(soon.length === 0, `it sent ${soon.map(describe)}`)
    },
  ),
  sender(
    'text-retransmitted',
    'MUST',
    'RFC 9293 §3.8.1 MUST-19',
    'It sends again what is not acknowledged.',
    async c => {
      await filled(c)
      must((await repeated(c)) !== null, 'it did not come again')
    },
    { pace: 'normal' },
  ),
  sender(
    'text-retransmitted-is-the-same',
    'MUST',
    'RFC 9293 §3.8.1',
    'It sends the same bytes again.',
    async c => {
      const sent = bytesOf(await filled(c))
      const again = await repeated(c)
      given(again !== null, 'it did not come again')
      for (const [i, byte] of again.text.entries())
        must((sent.get(again.seq + i) ?? byte) === byte, `the byte at ${again.seq + i} is another`)
    },
    { pace: 'normal' },
  ),
  sender(
    'retransmission-backs-off',
    'MUST',
    'RFC 6298 §5.5',
    'It waits twice as long before each retransmission of the same text.',
    async c => {
      const [first] = await filled(c)
      const times: number[] = []
      while (times.length < 4) {
        const again = await c.hear(30_000)
        given(again !== null, 'it stopped')
        if (again.seq === first!.seq && again.length > 0) times.push(again.time)
      }
      // A probe of the tail may come before the first (RFC 8985 §7).
      const [a, b] = [times[2]! - times[1]!, times[3]! - times[2]!]
      must(b > 1.5 * a && b < 3 * a, `gaps of ${a.toFixed(0)} and ${b.toFixed(0)} ms`)
    },
    { pace: 'normal' },
  ),
  sender(
    'retransmission-not-too-soon',
    'SHOULD',
    'RFC 6298 §2.4',
    'Its timer is a second at least.',
    async c => {
      const [first] = await filled(c)
      const times: number[] = []
      while (times.length < 3) {
        const again = await repeated(c, 30_000)
        given(again !== null, 'it stopped')
        if (again.seq === first!.seq) times.push(again.time)
      }
      const gap = times[2]! - times[1]!
      must(gap > 1900, `the second retransmission came ${gap.toFixed(0)} ms after the first`)
    },
    { pace: 'normal' },
  ),
  sender(
    'retransmission-goes-on',
    'SHOULD',
    'RFC 9293 §3.8.3 SHLD-11',
    'It does not give up before 100 seconds.',
    async c => {
      const { time } = (await filled(c))[0]!
      let last = time
      while (last - time < 100_000) {
        const again = await c.hear(130_000)
        must(again !== null, `it stopped ${((last - time) / 1000).toFixed(0)} s after the text`)
        last = again!.time
      }
    },
    { pace: 'thorough' },
  ),
  sender(
    'retransmission-taken',
    'MUST',
    'RFC 9293 §3.8.1',
    'After a retransmission that is acknowledged it goes on.',
    async c => {
      await filled(c)
      given((await repeated(c)) !== null, 'it did not come again')
      await c.during(50)
      c.window = 2000
      c.take(WINDOW + 1)
      must(
        withText(await c.burst()).some(heard => heard.end > WINDOW + 1),
        'it did not go on',
      )
    },
    { pace: 'normal' },
  ),
  sender(
    'acknowledgment-of-part',
    'MUST',
    'RFC 9293 §3.10.7.4',
    'An acknowledgment may end in the middle of a segment: the rest comes again, and then more.',
    async c => {
      const [first] = await filled(c)
      given(first!.length > 1, 'its segments have one byte each')
      const middle = first!.seq + (first!.length >> 1)
      c.window = 2000
      c.take(middle)
      let end = WINDOW + 1
      const until = c.now + PATIENCE
      for (let rest = false; !rest; ) {
        const heard = await repeated(c, until - c.now)
        must(heard !== null, `what is left of the segment from ${middle} on did not come again`)
        end = Math.max(end, heard.end)
        rest = heard.seq <= middle && heard.end > middle
      }
      end = Math.max(end, endOf(await c.burst()))
      c.take(end)
      must(
        withText(await c.burst()).some(heard => heard.end > end),
        'it did not go on',
      )
    },
    { pace: 'normal' },
  ),
  echo(
    'acknowledgment-on-text',
    'habit',
    'RFC 9293 §3.8.6.3',
    'What it sends in answer carries the acknowledgment of what it answers.',
    async c => {
      await c.open()
      c.reading = false
      c.send('P. 1:11(10)')
      const all = await c.burst()
      const [text] = withText(all)
      given(text !== undefined, 'nothing came back')
      must(text!.ack === 11, `its text acknowledges ${text!.ack}`)
    },
  ),
]
