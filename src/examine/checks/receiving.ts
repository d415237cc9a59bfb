/** Checks of a receiver: acknowledgments, gaps, overlaps, urgent text. */
import { URG } from '../../wire/tcp.ts'
import { type Check, given, must, topic } from '../check.ts'
import { describe } from '../heard.ts'
import { letterAt } from '../segment-text.ts'

const discard = topic('discards')
const reader = topic('reads')
const echo = topic('echo')

/** A delayed acknowledgment may take half a second, and the machine some more. */
export const DELAY = 600

const lettersFrom = (from: number, length: number): string =>
  Array.from({ length }, (_, i) => String.fromCharCode(letterAt(from + i))).join('')

export const RECEIVING: readonly Check[] = [
  discard(
    'ack-within-half-a-second',
    'MUST',
    'RFC 9293 §3.8.6.3 MUST-40',
    'It acknowledges text within half a second.',
    async c => {
      await c.open()
      c.send('P. 1:101(100)')
      await c.expect('. ack 101', 'an acknowledgment', DELAY)
    },
  ),
  discard(
    'ack-every-second-segment',
    'SHOULD',
    'RFC 9293 §3.8.6.3 SHLD-19',
    'It acknowledges at least every second full segment at once.',
    async c => {
      const { window } = await c.open()
      const { full } = c
      given(full === c.largest, 'its segments are larger than the link carries')
      given(window >= 4 * full, 'its window is less than four segments')
      c.send(`. 1:${1 + full}(${full})`)
      c.send(`. ${1 + full}:${1 + 2 * full}(${full})`)
      await c.eventually(`. ack ${1 + 2 * full}`, 'an acknowledgment of both', 100)
    },
  ),
  discard(
    'ack-not-answered',
    'MUST',
    'RFC 9293 §3.8.6.3',
    'It does not acknowledge an acknowledgment.',
    async c => {
      await c.open()
      c.send('.')
      await c.silence('an acknowledgment is not acknowledged', DELAY)
    },
  ),
  discard(
    'ack-text-again',
    'MUST',
    'RFC 9293 §3.10.7.4',
    'It acknowledges text that comes a second time.',
    async c => {
      await c.open()
      c.send('P. 1:101(100)')
      await c.acked(101)
      c.send('P. 1:101(100)')
      await c.expect('. ack 101', 'an acknowledgment of what it expects')
    },
  ),
  discard(
    'gap-acknowledged-at-once',
    'SHOULD',
    'RFC 5681 §4.2',
    'It acknowledges text behind a gap at once.',
    async c => {
      await c.open()
      c.send('P. 101:201(100)')
      await c.expect('. ack 1', 'a duplicate acknowledgment', 150)
    },
  ),
  discard(
    'gap-filled-acknowledged-at-once',
    'SHOULD',
    'RFC 5681 §4.2',
    'It acknowledges at once what fills a gap.',
    async c => {
      await c.open()
      c.send('P. 101:201(100)')
      await c.expect('. ack 1', 'a duplicate acknowledgment')
      c.send('P. 1:101(100)')
      const heard = await c.expect('.', 'an acknowledgment of both', 150)
      given(heard.ack !== 101, 'it keeps nothing that comes before its turn')
      must(heard.ack === 201, `it acknowledged ${heard.ack}`)
    },
  ),
  discard(
    'gap-duplicates-for-each',
    'SHOULD',
    'RFC 5681 §4.2',
    'It sends a duplicate acknowledgment for each segment behind a gap.',
    async c => {
      await c.open()
      for (let n = 1; n <= 5; n++) c.send(`P. ${1 + 200 * n}:${101 + 200 * n}(100)`)
      const duplicates = (await c.burst()).filter(heard => heard.ack === 1)
      must(duplicates.length === 5, `${duplicates.length} acknowledgments came for five segments`)
    },
  ),
  echo(
    'gap-text-kept',
    'SHOULD',
    'RFC 9293 §3.10.7.4 SHLD-31',
    'It keeps text that comes before its turn.',
    async c => {
      await c.open()
      c.send('P. 11:21(10)')
      c.send('P. 1:11(10)')
      await c.acked(21, 'both to be acknowledged without a repetition')
    },
  ),
  echo(
    'text-in-order',
    'MUST',
    'RFC 9293 §3.10.7.4 MUST-59',
    'Its application gets text in order, whatever the order in which it came.',
    async c => {
      await c.open()
      for (const at of [31, 11, 21, 1]) c.send(`P. ${at}:${at + 10}(10)`)
      await c.wait(300)
      if (c.highestAck < 41) c.send('P. 1:41(40)')
      const text = await c.echoed(40)
      must(text === lettersFrom(1, 40), `'${text}' came back`)
    },
  ),
  echo(
    'text-overlapping',
    'MUST',
    'RFC 9293 §3.10.7.4',
    'Segments that overlap give each byte once.',
    async c => {
      await c.open()
      c.send('P. 1:21(20)')
      await c.acked(21)
      c.send('P. 11:41(30)')
      await c.acked(41)
      const text = await c.echoed(40)
      must(text === lettersFrom(1, 40), `'${text}' came back`)
    },
  ),
  echo(
    'text-overlapping-behind-gap',
    'MUST',
    'RFC 9293 §3.10.7.4',
    'Segments behind a gap that overlap give each byte once.',
    async c => {
      await c.open()
      c.send('P. 11:31(20)')
      c.send('P. 21:41(20)')
      c.send('P. 6:16(10)')
      c.send('P. 1:11(10)')
      await c.wait(300)
      if (c.highestAck < 41) c.send('P. 1:41(40)')
      const text = await c.echoed(40)
      must(text === lettersFrom(1, 40), `'${text}' came back`)
    },
  ),
  echo(
    'text-already-taken-stays',
    'MUST',
    'RFC 9293 §3.10.7.4',
    'Text that comes again with other bytes changes nothing of what was taken.',
    async c => {
      await c.open()
      c.send('P. 1:11(10)')
      await c.acked(11)
      c.send('P. 1:15(14)', { text: 'XXXXXXXXXXXXXX' })
      await c.acked(15)
      const text = await c.echoed(14)
      must(text.startsWith(lettersFrom(1, 10)), `'${text}' came back`)
    },
  ),
  reader(
    'text-one-byte-segments',
    'MUST',
    'RFC 9293 §3.8.6',
    'It takes a hundred segments of a byte each.',
    async c => {
      await c.open()
      for (let n = 1; n <= 100; n++) c.send(`P. ${n}:${n + 1}(1)`)
      await c.acked(101)
    },
  ),
  echo(
    'text-without-push',
    'MUST',
    'RFC 9293 §3.9.1.2 MUST-61',
    'Its application gets text that was not pushed.',
    async c => {
      await c.open()
      c.send('. 1:11(10)')
      await c.echoed(10)
    },
  ),
  reader(
    'keep-alive-answered',
    'MUST',
    'RFC 9293 §3.8.4',
    'It answers the probe of a peer that keeps connections alive.',
    async c => {
      await c.open()
      await c.alive()
      c.skip()
      c.send('. 4:4(0)')
      await c.expect('. ack 5', 'an acknowledgment')
    },
  ),
  reader(
    'keep-alive-with-rubbish-answered',
    'MUST',
    'RFC 9293 §3.8.4',
    'It answers such a probe also where it carries a byte of old text.',
    async c => {
      await c.open()
      await c.alive()
      c.skip()
      c.send('. 4:5(1)', { text: 'X' })
      await c.expect('. ack 5', 'an acknowledgment')
    },
  ),
  discard(
    'keep-alive-not-by-itself',
    'MUST',
    'RFC 9293 §3.8.4 MUST-25, MUST-28',
    'It does not probe a connection that has been idle for seconds only.',
    async c => {
      await c.open()
      await c.silence('an idle connection is left alone', 8000)
    },
    { pace: 'normal' },
  ),
  reader('urgent-text', 'MUST', 'RFC 9293 §3.8.5 MUST-30', 'It takes urgent text.', async c => {
    await c.open()
    c.send('PU. 1:11(10) urg 5')
    await c.acked(11)
    await c.alive()
  }),
  reader(
    'urgent-beyond-text',
    'MUST',
    'RFC 9293 §3.8.5 MUST-31',
    'Urgent text may be longer than the segment that announces it.',
    async c => {
      await c.open()
      c.send('PU. 1:11(10) urg 5000')
      await c.acked(11)
      await c.alive()
    },
  ),
  reader(
    'urgent-without-text',
    'MUST',
    'RFC 9293 §3.8.5',
    'It takes an urgent pointer on a segment without text.',
    async c => {
      await c.open()
      c.send('U. urg 1')
      await c.alive()
    },
  ),
  reader(
    'urgent-pointer-without-flag',
    'MUST',
    'RFC 9293 §3.1',
    'It does not mind an urgent pointer without the flag.',
    async c => {
      await c.open()
      c.send('P. 1:11(10) urg 3')
      await c.acked(11)
      await c.alive()
    },
  ),
  topic('any')(
    'urgent-not-by-itself',
    'habit',
    'RFC 9293 §3.8.5',
    'It marks nothing as urgent that is not.',
    async c => {
      const answer = await c.open()
      const text = await c.burst()
      // An application that is silent is left: an old segment draws an acknowledgment.
      c.send(`. ${c.next - 1}:${c.next - 1}(0)`)
      for (const heard of [answer, ...text, ...(await c.burst())])
        must((heard.flags & URG) === 0, `${describe(heard)} is urgent`)
    },
  ),
]
