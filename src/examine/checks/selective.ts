/** Selective acknowledgments of what the examined receives (RFC 2018, RFC 2883). */
import { type Check, given, must, topic } from '../check.ts'
import type { Conversation } from '../conversation.ts'
import { describe, optionOf, sackOf } from '../heard.ts'

const discard = topic('discards')
const sender = topic('sends')

const SYN_OPTIONS = 'mss 1460,nop,nop,sackOK'

const openWithSack = async (c: Conversation): Promise<void> => {
  const answer = await c.open(SYN_OPTIONS)
  given(optionOf(answer, 'sackOK') !== undefined, 'it has no SACK')
}

const blocks = (pairs: readonly (readonly [number, number])[]): string =>
  pairs.map(([left, right]) => `${left}:${right}`).join(' ') || 'none'

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
      c.send('P. 1001:2001(1000)')
      const heard = await c.expect('. ack 1', 'a duplicate acknowledgment')
      must(sackOf(heard).length === 0, `it has blocks: ${blocks(sackOf(heard))}`)
    },
  ),
  discard(
    'sack-block',
    'MUST',
    'RFC 2018 §4',
    'Its acknowledgment of text behind a gap says which text that is.',
    async c => {
      await openWithSack(c)
      c.send('P. 1001:2001(1000)')
      const heard = await c.expect('. ack 1', 'a duplicate acknowledgment')
      must(blocks(sackOf(heard)) === '1001:2001', `its blocks: ${blocks(sackOf(heard))}`)
    },
  ),
  discard(
    'sack-latest-first',
    'MUST',
    'RFC 2018 §4',
    'The first block is that of the segment which came last.',
    async c => {
      await openWithSack(c)
      c.send('P. 1001:2001(1000)')
      await c.expect('. ack 1', 'a duplicate acknowledgment')
      c.send('P. 5001:6001(1000)')
      await c.expect('. ack 1', 'a duplicate acknowledgment')
      c.send('P. 3001:4001(1000)')
      const heard = await c.expect('. ack 1', 'a duplicate acknowledgment')
      must(blocks(sackOf(heard).slice(0, 1)) === '3001:4001', `its blocks: ${blocks(sackOf(heard))}`)
    },
  ),
  discard(
    'sack-repeats',
    'SHOULD',
    'RFC 2018 §4',
    'It repeats the blocks that it reported before, as far as there is room.',
    async c => {
      await openWithSack(c)
      for (const at of [1001, 3001, 5001]) {
        c.send(`P. ${at}:${at + 1000}(1000)`)
        await c.expect('. ack 1', 'a duplicate acknowledgment')
      }
      c.send('P. 7001:8001(1000)')
      const heard = await c.expect('. ack 1', 'a duplicate acknowledgment')
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
      for (const at of [1001, 3001]) {
        c.send(`P. ${at}:${at + 1000}(1000)`)
        await c.expect('. ack 1', 'a duplicate acknowledgment')
      }
      c.send('P. 2001:3001(1000)')
      const heard = await c.expect('. ack 1', 'a duplicate acknowledgment')
      must(blocks(sackOf(heard).slice(0, 1)) === '1001:4001', `its blocks: ${blocks(sackOf(heard))}`)
    },
  ),
  discard(
    'sack-above-acknowledgment',
    'MUST',
    'RFC 2018 §3',
    'Once the gap is filled, everything is acknowledged and no block is left.',
    async c => {
      await openWithSack(c)
      c.send('P. 1001:2001(1000)')
      await c.expect('. ack 1', 'a duplicate acknowledgment')
      c.send('P. 1:1001(1000)')
      const heard = await c.expect('. ack 2001', 'an acknowledgment of both')
      must(sackOf(heard).length === 0, `its blocks: ${blocks(sackOf(heard))}`)
    },
  ),
  discard(
    'sack-gap-partly-filled',
    'MUST',
    'RFC 2018 §4',
    'An acknowledgment that fills a gap in part reports what is still behind one.',
    async c => {
      await openWithSack(c)
      c.send('P. 2001:3001(1000)')
      await c.expect('. ack 1', 'a duplicate acknowledgment')
      c.send('P. 1:1001(1000)')
      const heard = await c.eventually('. ack 1001', 'an acknowledgment of the first')
      must(blocks(sackOf(heard)) === '2001:3001', `its blocks: ${blocks(sackOf(heard))}`)
    },
  ),
  discard(
    'sack-on-fin-gap',
    'MUST',
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
      c.send('P. 1:1001(1000)')
      const heard = await c.expect('. ack 1001', 'an acknowledgment')
      must(blocks(sackOf(heard)) === '1:1001', `its blocks: ${blocks(sackOf(heard))}`)
    },
  ),
  discard(
    'dsack-behind-gap',
    'SHOULD',
    'RFC 2883 §4.1',
    'It reports text behind a gap that comes a second time by a block within the next.',
    async c => {
      await openWithSack(c)
      c.send('P. 1001:2001(1000)')
      await c.expect('. ack 1', 'a duplicate acknowledgment')
      c.send('P. 1001:2001(1000)')
      const heard = await c.expect('. ack 1', 'a duplicate acknowledgment')
      must(blocks(sackOf(heard)) === '1001:2001 1001:2001', `its blocks: ${blocks(sackOf(heard))}`)
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
      c.send('P. 501:1501(1000)')
      const heard = await c.eventually('. ack 1501', 'an acknowledgment')
      must(blocks(sackOf(heard)) === '501:1001', `its blocks: ${blocks(sackOf(heard))}`)
    },
  ),
  sender(
    'sack-heeded',
    'SHOULD',
    'RFC 6675 §5',
    'It sends again only what our blocks do not cover.',
    async c => {
      await openWithSack(c)
      const flight = await c.burst()
      given(flight.length >= 4, 'its first flight is less than four segments')
      const [lost, second] = flight
      c.rcv = 1
      for (const heard of flight.slice(1)) c.send(`. ack 1 <nop,nop,sack ${second!.seq}:${heard.end}>`)
      const again = (await c.burst()).filter(heard => heard.length > 0 && heard.seq < flight.at(-1)!.end)
      must(again.length > 0, 'nothing was sent again')
      for (const heard of again)
        must(heard.seq < lost!.end, `it sent again what had come: ${describe(heard)}`)
    },
  ),
]
