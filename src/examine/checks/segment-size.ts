/** Checks of the size of segments, and of the scaling of windows. */
import { type Check, given, must, topic } from '../check.ts'
import type { Conversation } from '../conversation.ts'
import { endOf, type Heard, isSpent, longest, optionOf } from '../heard.ts'

const listener = topic('any')
const sender = topic('sends')

/** Bytes of text that have come; those sent again count once. */
const extent = (all: readonly Heard[]): number => endOf(all) - 1

const SPENT = 'it may have had no more to send'
const NOTHING_SENT = 'it sent nothing'

/** The text of the first flight, after a handshake with these options. */
const firstFlight = async (c: Conversation, options: string, window = 65_535): Promise<Heard[]> => {
  await c.open(options, window)
  const flight = await c.burst()
  given(longest(flight) > 0, NOTHING_SENT)
  return flight
}

/** Returns whether text comes on another connection, whose options are the usual ones. */
const sends = async (c: Conversation, window = 65_535): Promise<boolean> => {
  const other = c.another()
  await other.open('mss 1460', window)
  return longest(await other.burst()) > 0
}

/** The default of a peer that names no MSS (RFC 9293 §3.7.1). */
const defaultMss = (c: Conversation): number => (c.family === 4 ? 536 : 1220)

export const SEGMENT_SIZE: readonly Check[] = [
  sender(
    'mss-obeyed',
    'MUST',
    'RFC 9293 §3.7.1 MUST-16',
    'It sends no segment that is larger than we said.',
    async c => {
      const length = longest(await firstFlight(c, 'mss 300'))
      must(length <= 300, `a segment has ${length} bytes`)
    },
  ),
  sender(
    'mss-filled',
    'habit',
    'RFC 9293 §3.7.1',
    'Its segments are as large as we said, where it has enough to send.',
    async c => {
      const flight = await firstFlight(c, 'mss 700')
      const length = longest(flight)
      given(length >= 700 || !isSpent(flight), SPENT)
      if (length < 700) {
        const other = longest(await firstFlight(c.another(), 'mss 1460'))
        given(other > length, 'its segments are as small for a peer that takes larger ones')
      }
      must(length === 700, `its largest segment has ${length} bytes of 700`)
    },
  ),
  sender(
    'mss-default',
    'MUST',
    'RFC 9293 §3.7.1 MUST-15',
    'To a peer that says nothing it sends no segment above 536 bytes (1220 with IPv6).',
    async c => {
      const length = longest(await firstFlight(c, ''))
      must(length <= defaultMss(c), `a segment has ${length} bytes`)
    },
  ),
  sender(
    'mss-less-options',
    'MUST',
    'RFC 6691 §2',
    'Where segments carry options, their text is smaller by as much.',
    async c => {
      const flight = await firstFlight(c, 'mss 700,nop,nop,TS val 1 ecr 0')
      given(c.timestamps, 'it has no timestamps')
      must(longest(flight) <= 700 - 12, `a segment has ${longest(flight)} bytes beside 12 of options`)
    },
  ),
  sender(
    'mss-huge',
    'MUST',
    'RFC 9293 §3.7.1 MUST-67',
    'To a peer that takes 65,535 bytes it sends no more than its own link carries.',
    async c => {
      given(await sends(c), NOTHING_SENT)
      await c.open('mss 65535')
      const length = longest(await c.burst())
      // A packet that is longer than its link's does not come at all.
      must(length > 0, 'it sent nothing that its link carries')
      must(length <= c.mssOf(c.mtu), `a segment has ${length} bytes`)
    },
  ),
  sender(
    'mss-zero',
    'habit',
    'RFC 9293 §3.7.1',
    'A peer that takes segments of no bytes gets more than a byte in each all the same, and does not break it.',
    async c => {
      given(await sends(c, 400), NOTHING_SENT)
      await c.open('mss 0', 400)
      must(longest(await c.burst()) > 1, 'it sent nothing, or single bytes')
      must(await sends(c, 400), 'nothing came on another connection afterwards')
    },
  ),
  sender(
    'mss-tiny-not-obeyed',
    'habit',
    'RFC 9293 §3.7.1',
    'A peer that takes but one byte a segment does not have it send a header for each byte.',
    async c => {
      const length = longest(await firstFlight(c, 'mss 1', 200))
      must(length > 1, 'it sends single bytes')
    },
  ),
  listener(
    'wscale-answered',
    'SHOULD',
    'RFC 7323 §1.3, §2.2',
    'It scales its window when the peer does.',
    async c => {
      const answer = await c.open('mss 1460,nop,wscale 7')
      must(optionOf(answer, 'wscale') !== undefined, 'its SYN has no window scale')
    },
  ),
  listener(
    'wscale-at-most-14',
    'MUST',
    'RFC 7323 §2.3',
    'It shifts its window by no more than 14.',
    async c => {
      const shift = optionOf(await c.open('mss 1460,nop,wscale 7'), 'wscale')
      given(shift !== undefined, 'it has no window scaling')
      must(shift!.value <= 14, `its shift is ${shift!.value}`)
    },
  ),
  sender('wscale-applied', 'MUST', 'RFC 7323 §2.3', 'It multiplies our window by what we said.', async c => {
    const answer = await c.open('mss 500,nop,wscale 3', 64)
    given(optionOf(answer, 'wscale') !== undefined, 'it has no window scaling')
    const flight = await c.burst()
    const bytes = extent(flight)
    given(bytes > 0, 'it waits for a larger window')
    given(bytes > 64 || !isSpent(flight), SPENT)
    must(bytes > 64, `it took 64 << 3 for ${bytes}`)
    must(bytes <= 64 << 3, `it sent ${bytes} bytes into a window of ${64 << 3}`)
  }),
  sender(
    'wscale-not-on-syn',
    'MUST',
    'RFC 7323 §2.2',
    'The window of our SYN itself is not scaled.',
    async c => {
      c.window = 100
      c.send('S 0:0(0) win 100 <mss 500,nop,wscale 7>')
      const answer = await c.expect('S. ack 1', 'the answer to a SYN')
      given(optionOf(answer, 'wscale') !== undefined, 'it has no window scaling')
      c.window = 1
      c.send('. 1:1(0) win 1')
      const bytes = extent(await c.burst())
      must(bytes <= 128, `it sent ${bytes} bytes into a window of 1 << 7`)
    },
  ),
  sender(
    'wscale-not-one-sided',
    'MUST',
    'RFC 7323 §2.2',
    'Our window is taken as it stands where we did not ask for scaling.',
    async c => {
      await c.open('mss 500', 600)
      const bytes = extent(await c.burst())
      must(bytes <= 600, `it sent ${bytes} bytes into a window of 600`)
    },
  ),
  sender('wscale-above-14', 'MUST', 'RFC 7323 §2.3', 'A shift above 14 is taken as 14.', async c => {
    const answer = await c.open('mss 500,nop,wscale 15', 1)
    given(optionOf(answer, 'wscale') !== undefined, 'it has no window scaling')
    // 1 << 14 is more than a first flight; what counts is that it goes on with it.
    const bytes = extent(await c.burst())
    must(bytes > 1 && bytes <= 1 << 14, `it sent ${bytes} bytes into a window of 1 << 14`)
  }),
  listener(
    'do-not-fragment',
    'habit',
    'RFC 1191 §3',
    'Its packets must not be cut on the way, so that it hears of a smaller path.',
    async c => {
      given(c.family === 4, 'IPv6 packets are never cut on their way')
      must(!(await c.open()).mayFragment, 'DF is not set')
    },
  ),
]
