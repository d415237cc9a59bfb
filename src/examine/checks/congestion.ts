/** Congestion: how much the examined sends, and what it makes of losses and marks (RFC 5681, RFC 6928, RFC 3168). */
import { AE } from '../../wire/accurate-ecn.ts'
import { CWR, ECE, SYN } from '../../wire/tcp.ts'
import { type Check, given, must, topic } from '../check.ts'
import type { Conversation } from '../conversation.ts'
import { describe, endOf, type Heard, isSpent, withText } from '../heard.ts'
import { ECN } from '../segment-text.ts'

const listener = topic('any')
const sender = topic('sends')
const discard = topic('discards')
const echo = topic('echo')

const MSS = 1000

/** The round trip that the examined measures in the handshake, ms: probes of its tail come no sooner. */
const ROUND_TRIP = 100

/**
 * Opens, after a round trip of some length, and hears the first flight.
 * @param lull the silence that ends it, ms
 */
export const firstFlight = async (
  c: Conversation,
  options = `mss ${MSS}`,
  lull = ROUND_TRIP,
): Promise<Heard[]> => {
  c.send(`S 0:0(0) <${options}>`)
  const answer = await c.hear()
  given(answer !== null && (answer.flags & SYN) !== 0, 'there is no connection to be had')
  await c.wait(ROUND_TRIP)
  c.send('.')
  const flight = withText(await c.burst(lull))
  given(flight.length > 0, 'it sent nothing')
  return flight
}

/** Takes flights whole, round by round, so many times. @returns the last of them */
const rounds = async (c: Conversation, n: number): Promise<Heard[]> => {
  let flight = await firstFlight(c)
  for (let i = 0; i < n; i++) {
    acknowledgeEach(c, flight)
    flight = withText(await c.burst(ROUND_TRIP))
    given(flight.length > 0, 'it did not go on')
  }
  return flight
}

/** One acknowledgment for two segments, as most peers do. */
const acknowledgeEach = (c: Conversation, flight: readonly Heard[]): void => {
  flight.forEach((heard, i) => {
    if (i % 2 === 1 || i === flight.length - 1) c.take(Math.max(c.rcv, heard.end))
  })
}

/** The first flight, of four segments or more: enough for three duplicates. */
const flightOfFour = async (c: Conversation): Promise<Heard[]> => {
  const flight = await firstFlight(c)
  given(flight.length >= 4, 'its first flight is less than four segments')
  return flight
}

/** Says so many times that the first of the flight is missing. @returns what it sends soon after, before its timer */
const duplicates = async (c: Conversation, flight: readonly Heard[], times: number): Promise<Heard[]> => {
  for (let n = 0; n < times; n++) c.send('. ack 1')
  const all = withText(await c.during(PROMPT))
  timely(c, flight)
  return all
}

const openWithEcn = async (c: Conversation): Promise<Heard> => {
  c.send(`SEW 0:0(0) <mss ${MSS}>`)
  const answer = await c.hear()
  given(answer !== null && (answer.flags & SYN) !== 0, 'there is no connection to be had')
  given((answer.flags & (ECE | CWR)) === ECE, 'it has no ECN')
  c.send('.')
  return answer
}

/** The time in which it sends what duplicates bring about, ms. */
export const PROMPT = 90

/** Its timer has not gone off yet: it is 200 ms at least, and the round trip more. */
const TIMER = 250

/** @throws CannotTell when so much time has passed since the flight that its timer, too, may have brought things about */
export const timely = (c: Conversation, flight: readonly Heard[]): void =>
  given(c.now - flight.at(-1)!.time < TIMER, 'the examiner was held up for too long')

export const CONGESTION: readonly Check[] = [
  sender('initial-window', 'MUST', 'RFC 6928 §2', 'It begins with no more than ten segments.', async c => {
    const bytes = endOf(await firstFlight(c)) - 1
    must(bytes <= Math.max(10 * MSS, 14_600), `it began with ${bytes} bytes`)
  }),
  sender(
    'slow-start-grows',
    'SHOULD',
    'RFC 5681 §3.1',
    'It sends more in the second round than in the first.',
    async c => {
      const first = await firstFlight(c)
      given(first.length * MSS < 20_000, 'its first flight is large')
      acknowledgeEach(c, first)
      const second = withText(await c.burst(ROUND_TRIP))
      given(second.length > first.length || !isSpent(second), 'it may have had no more to send')
      must(second.length > first.length, `${first.length} segments, then ${second.length}`)
    },
  ),
  sender(
    'slow-start-at-most-doubles',
    'MUST',
    'RFC 5681 §3.1',
    'It sends at most twice as much in a round as in the one before.',
    async c => {
      const first = await firstFlight(c)
      acknowledgeEach(c, first)
      const second = withText(await c.burst(ROUND_TRIP))
      given(second.length > 0, 'it did not go on')
      // One more may probe the tail (RFC 8985 §7).
      must(second.length <= 2 * first.length + 1, `${first.length} segments, then ${second.length}`)
    },
  ),
  sender(
    'acknowledgments-cut-up',
    'SHOULD',
    'RFC 5681 §3.1; RFC 3465 §2',
    'Many acknowledgments of a few bytes each do not make it send faster.',
    async c => {
      const first = await firstFlight(c)
      for (let at = 1; at < endOf(first); at += 100) c.take(at + 100)
      const second = withText(await c.burst(ROUND_TRIP))
      given(second.length > 0, 'it did not go on')
      must(second.length <= 2 * first.length + 1, `${first.length} segments, then ${second.length}`)
    },
  ),
  echo(
    'small-text-held',
    'habit',
    'RFC 9293 §3.7.4 SHLD-7',
    'Small text waits while some is not acknowledged (Nagle), unless the application has turned that off.',
    async c => {
      await c.open()
      c.reading = false
      c.send('P. 1:2(1) ack 1')
      let first = await c.hear()
      while (first !== null && first.length === 0) first = await c.hear()
      given(first !== null && first.end === 2, 'its application did not answer')
      c.send('P. 2:3(1) ack 1')
      const soon = withText(await c.during(PROMPT)).filter(({ end }) => end > 2)
      must(soon.length === 0, `it sent ${soon.map(describe)}`)
      c.take(2)
      must(endOf(withText(await c.burst())) === 3, 'it did not send it once all was acknowledged')
    },
  ),
  sender(
    'fast-retransmit',
    'SHOULD',
    'RFC 5681 §3.2',
    'After three duplicate acknowledgments it sends again what is missing, before its timer.',
    async c => {
      const flight = await flightOfFour(c)
      const all = await duplicates(c, flight, 3)
      must(
        all.some(heard => heard.seq === flight[0]!.seq),
        'it did not come again',
      )
    },
  ),
  sender(
    'one-duplicate-is-none',
    'SHOULD',
    'RFC 5681 §3.2',
    'One duplicate acknowledgment does not have it send anything again.',
    async c => {
      const flight = await flightOfFour(c)
      const all = await duplicates(c, flight, 1)
      must(!all.some(heard => heard.seq === flight[0]!.seq), 'it came again')
    },
  ),
  sender(
    'limited-transmit',
    'SHOULD',
    'RFC 5681 §3.2; RFC 3042',
    'On the first two duplicates it sends a new segment each.',
    async c => {
      const flight = await flightOfFour(c)
      const more = await duplicates(c, flight, 2)
      const fresh = more.some(heard => heard.seq >= endOf(flight))
      given(fresh || !isSpent(flight), 'it may have had no more to send')
      must(fresh, 'nothing new came')
    },
  ),
  sender(
    'loss-halves',
    'MUST',
    'RFC 5681 §3.2',
    'Having lost a segment it sends less in the round after.',
    async c => {
      const flight = await rounds(c, 2)
      given(flight.length >= 8, 'its flights do not grow')
      const [lost] = flight
      for (const _ of flight.slice(1)) c.send(`. ack ${lost!.seq}`)
      const recovery = withText(await c.burst(ROUND_TRIP))
      given(recovery.length > 0, 'it sent nothing')
      c.take(Math.max(endOf(flight), endOf(recovery)))
      const after = withText(await c.burst(ROUND_TRIP))
      must(after.length <= flight.length * 0.9, `${flight.length} segments before, ${after.length} after`)
    },
  ),
  sender(
    'timeout-one-segment',
    'MUST',
    'RFC 5681 §3.1',
    'When its timer has gone off it sends one segment at a time.',
    async c => {
      const flight = await rounds(c, 1)
      const last = flight.at(-1)!
      let again: Heard | null = null
      for (let n = 0; n < 8 && again === null; n++) {
        const heard = await c.hear(6000)
        given(heard !== null, 'nothing came again')
        if (heard.length > 0 && heard.seq === flight[0]!.seq && heard.seq !== last.seq) again = heard
      }
      given(again !== null, 'it did not send the first again')
      const more = withText(await c.during(120))
      must(more.length === 0, `it sent ${more.length} more at once`)
    },
    { pace: 'normal' },
  ),
  listener(
    'ecn-not-reflected',
    'MUST',
    'RFC 3168 §6.1.1',
    'A SYN that asks for ECN is not answered with both of its flags.',
    async c => {
      c.send('SEW 0:0(0) <mss 1460>')
      const answer = await c.expect('S. ack 1', 'the answer to a SYN')
      must((answer.flags & (ECE | CWR)) !== (ECE | CWR), describe(answer))
    },
  ),
  listener(
    'ecn-not-unasked',
    'MUST',
    'RFC 3168 §6.1.1',
    'A SYN that does not ask for ECN is not answered with it.',
    async c => {
      const answer = await c.open()
      must((answer.flags & (ECE | CWR)) === 0, describe(answer))
    },
  ),
  listener(
    'ecn-accurate-falls-back',
    'MUST',
    'RFC 9768 §3.1.2',
    'A SYN that asks for accurate ECN is answered in one of the ways that its sender understands.',
    async c => {
      c.send('SEWA 0:0(0) <mss 1460>')
      const answer = await c.expect('S. ack 1', 'the answer to a SYN')
      must((answer.flags & (ECE | CWR)) !== (ECE | CWR) || (answer.flags & AE) === 0, describe(answer))
    },
  ),
  listener(
    'ecn-syn-ack-not-marked',
    'MUST',
    'RFC 3168 §6.1.1',
    'Its SYN does not say that it may be marked.',
    async c => {
      c.send('SEW 0:0(0) <mss 1460>')
      const answer = await c.expect('S. ack 1', 'the answer to a SYN')
      must(answer.ecn === ECN.noecn, 'its ECN field is set')
    },
  ),
  sender(
    'ecn-text-marked',
    'SHOULD',
    'RFC 3168 §6.1.2',
    'Where ECN is agreed on, its text says so.',
    async c => {
      await openWithEcn(c)
      const [text] = withText(await c.burst())
      given(text !== undefined, 'it sent nothing')
      must(text.ecn === ECN.ect0 || text.ecn === ECN.ect1, 'its ECN field is not set')
    },
  ),
  sender(
    'ecn-not-without',
    'MUST',
    'RFC 3168 §6.1.1',
    'Where ECN is not agreed on, its packets do not claim it.',
    async c => {
      await c.open()
      for (const heard of await c.burst()) must(heard.ecn === ECN.noecn, `${describe(heard)} claims it`)
    },
  ),
  discard(
    'ecn-echoed',
    'MUST',
    'RFC 3168 §6.1.3',
    'It tells of a mark until we say that we have slowed down.',
    async c => {
      await openWithEcn(c)
      c.send('[ce] P. 1:1001(1000)')
      c.send('[ect0] P. 1001:2001(1000)')
      const first = await c.eventually('.', 'an acknowledgment')
      must((first.flags & ECE) !== 0, 'it did not tell of the mark')
      c.skip()
      c.send('[ect0] PW. 2001:3001(1000)')
      c.send('[ect0] P. 3001:4001(1000)')
      const after = await c.eventually('. ack 4001', 'an acknowledgment')
      must((after.flags & ECE) === 0, 'it did not hear that we have slowed down')
    },
  ),
  discard(
    'ecn-ack-not-marked',
    'MUST',
    'RFC 3168 §6.1.4',
    'Its bare acknowledgments do not say that they may be marked.',
    async c => {
      await openWithEcn(c)
      c.send('[ect0] P. 1:1001(1000)')
      c.send('[ect0] P. 1001:2001(1000)')
      const heard = await c.eventually('.', 'an acknowledgment')
      must(heard.ecn === ECN.noecn, 'its ECN field is set')
    },
  ),
  sender('ecn-heeded', 'MUST', 'RFC 3168 §6.1.2', 'Told of a mark it slows down, and says so.', async c => {
    await openWithEcn(c)
    const flight = withText(await c.burst())
    given(flight.length > 1, 'it sent nothing')
    c.rcv = endOf(flight)
    c.send('E.')
    const next = withText(await c.burst())
    given(next.length > 0, 'it did not go on')
    must(
      next.some(heard => (heard.flags & CWR) !== 0),
      'it did not say that it has slowed down',
    )
    must(next.length <= flight.length, `${flight.length} segments, then ${next.length}`)
  }),
  sender(
    'ecn-retransmission-not-marked',
    'MUST',
    'RFC 3168 §6.1.5',
    'What it sends again does not say that it may be marked.',
    async c => {
      await openWithEcn(c)
      const flight = withText(await c.burst())
      given(flight.length >= 4, 'its first flight is less than four segments')
      for (let n = 0; n < 3; n++) c.send('. ack 1')
      const again = withText(await c.during(1500)).find(heard => heard.seq === 1)
      given(again !== undefined, 'nothing came again')
      must(again.ecn === ECN.noecn, 'its ECN field is set')
    },
  ),
]
