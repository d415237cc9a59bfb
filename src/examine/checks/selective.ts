/** Selective acknowledgments of what the examined receives (RFC 2018, RFC 2883). */
import { type Check, given, must, topic } from '../check.ts'
import type { Conversation } from '../conversation.ts'
import { describe, endOf, type Heard, optionOf, sackOf, withText } from '../heard.ts'
import { firstFlight, PROMPT, timely } from './congestion.ts'

const discard = topic('discards')
const sender = topic('sends')

const SYN_OPTIONS = 'mss 1460,nop,nop,sackOK'

const openWithSack = async (c: Conversation): Promise<void> => {
  const answer = await c.open(SYN_OPTIONS)
  given(optionOf(answer, 'sackOK') !== undefined, 'it has no SACK')
}

const blocks = (pairs: readonly (readonly [number, number])[]): string =>
  pairs.map(([left, right]) => `${left}:${right}`).join(' ') || 'none'

/** The time in which an acknowledgment that only opens the window may come before the one that is asked for, ms. */
const SOON = 150

/** The silence that ends a flight before the tail of it is probed, ms. */
const LULL = 30

/**
 * Sends text from one number up to another. @returns the acknowledgment up to `ack` that has blocks, or one that has none
 * @throws Differs
 */
const answered = async (c: Conversation, from: number, to: number, ack: number): Promise<Heard> => {
  c.send(`P. ${from}:${to}(${to - from})`)
  const first = await c.eventually(`. ack ${ack}`, 'an acknowledgment')
  if (sackOf(first).length > 0) return first
  return (await c.during(SOON)).find(heard => heard.ack === ack && sackOf(heard).length > 0) ?? first
}

/** Sends texts of 1000 bytes each behind a gap. @returns the acknowledgment of the last */
const behindGap = async (c: Conversation, ...from: readonly number[]): Promise<Heard> => {
  let last: Heard | null = null
  for (const at of from) {
    c.send(`P. ${at}:${at + 1000}(1000)`)
    last = await c.expect('. ack 1', 'a duplicate acknowledgment')
  }
  return last!
}

const firstBlock = (heard: Heard): string => blocks(sackOf(heard).slice(0, 1))

/** Its first block must be this, where it reports any. */
const mustBeginWith = (heard: Heard, block: string): void => {
  given(sackOf(heard).length > 0, 'it reports no blocks')
  must(firstBlock(heard) === block, `its blocks: ${blocks(sackOf(heard))}`)
}

const mustReport = (heard: Heard, all: string): void =>
  must(blocks(sackOf(heard)) === all, `its blocks: ${blocks(sackOf(heard))}`)

const isWithin = (part: Heard, whole: Heard): boolean => part.seq >= whole.seq && part.end <= whole.end

export const SELECTIVE: readonly Check[] = [
  topic('any')(
    'sack-permitted',
    'SHOULD',
    'RFC 2018 §2; RFC 9293 §3.7.1',
    'It permits selective acknowledgments when the peer does.',
    async c => {
      must(optionOf(await c.open(SYN_OPTIONS), 'sackOK') !== undefined, 'its SYN has no SACK permitted')
    },
  ),
  discard(
    'sack-not-unasked',
    'MUST',
    'RFC 2018 §2',
    'It sends no SACK blocks to a peer that did not permit them.',
    async c => {
      await c.open('mss 1460')
      const heard = await behindGap(c, 1001)
      must(sackOf(heard).length === 0, `it has blocks: ${blocks(sackOf(heard))}`)
    },
  ),
  discard(
    'sack-block',
    'SHOULD',
    'RFC 2018 §4',
    'Its acknowledgment of text behind a gap says which text that is.',
    async c => {
      await openWithSack(c)
      mustReport(await behindGap(c, 1001), '1001:2001')
    },
  ),
  discard(
    'sack-latest-first',
    'MUST',
    'RFC 2018 §4',
    'The first block is that of the segment which came last.',
    async c => {
      await openWithSack(c)
      mustBeginWith(await behindGap(c, 1001, 5001, 3001), '3001:4001')
    },
  ),
  discard(
    'sack-repeats',
    'SHOULD',
    'RFC 2018 §4',
    'It repeats the blocks that it reported before, as far as there is room.',
    async c => {
      await openWithSack(c)
      const heard = await behindGap(c, 1001, 3001, 5001, 7001)
      const all = blocks([...sackOf(heard)].sort(([a], [b]) => a - b))
      must(all.includes('5001:6001') && all.includes('3001:4001'), `its blocks: ${all}`)
    },
  ),
  discard(
    'sack-blocks-join',
    'MUST',
    'RFC 2018 §3',
    'Text that joins two blocks makes one of them.',
    async c => {
      await openWithSack(c)
      mustBeginWith(await behindGap(c, 1001, 3001, 2001), '1001:4001')
    },
  ),
  discard(
    'sack-above-acknowledgment',
    'MUST',
    'RFC 2018 §3',
    'Once the gap is filled, everything is acknowledged and no block is left.',
    async c => {
      await openWithSack(c)
      given(sackOf(await behindGap(c, 1001)).length > 0, 'it reports no blocks')
      mustReport(await answered(c, 1, 1001, 2001), 'none')
    },
  ),
  discard(
    'sack-gap-partly-filled',
    'SHOULD',
    'RFC 2018 §4',
    'An acknowledgment that fills a gap in part reports what is still behind one.',
    async c => {
      await openWithSack(c)
      await behindGap(c, 2001)
      mustReport(await answered(c, 1, 1001, 1001), '2001:3001')
    },
  ),
  discard(
    'sack-on-fin-gap',
    'SHOULD',
    'RFC 2018 §4',
    'Blocks stay on its acknowledgments while a FIN waits behind the gap.',
    async c => {
      await openWithSack(c)
      c.send('FP. 1001:2001(1000)')
      const heard = await c.expect('. ack 1', 'a duplicate acknowledgment')
      const [block] = sackOf(heard)
      must(
        block !== undefined && block[0] === 1001 && (block[1] === 2001 || block[1] === 2002),
        `its blocks: ${blocks(sackOf(heard))}`,
      )
    },
  ),
  discard(
    'dsack-old-text',
    'SHOULD',
    'RFC 2883 §4',
    'It reports text that comes a second time by a block below its acknowledgment.',
    async c => {
      await openWithSack(c)
      c.send('P. 1:1001(1000)')
      await c.acked(1001)
      mustReport(await answered(c, 1, 1001, 1001), '1:1001')
    },
  ),
  discard(
    'dsack-behind-gap',
    'SHOULD',
    'RFC 2883 §4.1',
    'It reports text behind a gap that comes a second time by a block within the next.',
    async c => {
      await openWithSack(c)
      mustReport(await behindGap(c, 1001, 1001), '1001:2001 1001:2001')
    },
  ),
  discard(
    'dsack-partly-old',
    'SHOULD',
    'RFC 2883 §4.2',
    'Of a segment that is old in part it reports that part.',
    async c => {
      await openWithSack(c)
      c.send('P. 1:1001(1000)')
      await c.acked(1001)
      mustReport(await answered(c, 501, 1501, 1501), '501:1001')
    },
  ),
  sender(
    'sack-heeded',
    'SHOULD',
    'RFC 6675 §5',
    'It sends again what our blocks leave out, two gaps in one round, and nothing else.',
    async c => {
      await openWithSack(c.another())
      const flight = await firstFlight(c, SYN_OPTIONS, LULL)
      given(flight.length >= 7, 'its first flight is less than seven segments')
      given(
        flight.every(({ seq }, i) => i === 0 || seq === flight[i - 1]!.end),
        'some of it came twice before we had said anything',
      )
      const [lost, second, missing, fourth] = flight
      const between = `${second!.seq}:${second!.end}`
      c.send(`. ack 1 <nop,nop,sack ${between}>`)
      for (const heard of flight.slice(3))
        c.send(`. ack 1 <nop,nop,sack ${fourth!.seq}:${heard.end} ${between}>`)
      const again = withText(await c.during(PROMPT)).filter(({ seq }) => seq < endOf(flight))
      // Its timer may make it forget what has come (RFC 2018 §8).
      timely(c, flight)
      for (const gap of [lost!, missing!])
        must(
          again.some(heard => isWithin(heard, gap)),
          `${gap.seq}:${gap.end} did not come again`,
        )
      for (const heard of again)
        must(
          isWithin(heard, lost!) || isWithin(heard, missing!),
          `it sent again what had come: ${describe(heard)}`,
        )
    },
  ),
]
