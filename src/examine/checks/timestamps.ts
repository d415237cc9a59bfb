/** Timestamps and the protection against wrapped sequence numbers (RFC 7323 §3 to §5). */
import { RST } from '../../wire/tcp.ts'
import { type Check, given, must, topic } from '../check.ts'
import type { Conversation } from '../conversation.ts'
import { describe, type Heard, optionOf } from '../heard.ts'

const reader = topic('reads')
const sender = topic('sends')
const discard = topic('discards')

/** A handshake with timestamps; they go with the clock, one a millisecond, from here. */
const openWithTimestamps = async (c: Conversation, more = ''): Promise<Heard> => {
  const answer = await c.open(`mss 1460,nop,nop,TS val ${c.tsVal} ecr 0${more}`)
  given(c.timestamps, 'it has no timestamps')
  return answer
}

const echoOf = (heard: Heard): number => (optionOf(heard, 'TS')?.ecr ?? 0) >>> 0
const stampOf = (heard: Heard): number => (optionOf(heard, 'TS')?.val ?? 0) >>> 0

export const TIMESTAMPS: readonly Check[] = [
  topic('any')(
    'timestamps-answered',
    'SHOULD',
    'RFC 7323 §3.2',
    'It uses timestamps when the peer offers them.',
    async c => {
      const answer = await c.open(`mss 1460,nop,nop,TS val ${c.tsVal} ecr 0`)
      must(optionOf(answer, 'TS') !== undefined, 'its SYN has no timestamps')
    },
  ),
  topic('any')(
    'timestamps-echo-syn',
    'MUST',
    'RFC 7323 §3.2',
    'Its SYN echoes the timestamp of ours.',
    async c => {
      const answer = await openWithTimestamps(c.another())
      c.send('S 0:0(0) <mss 1460,nop,nop,TS val 123456789 ecr 0>')
      const own = await c.expect('S. ack 1', 'the answer to a SYN')
      must(echoOf(own) === 123456789, `it echoed ${echoOf(own)}`)
      given(optionOf(answer, 'TS') !== undefined, 'it has no timestamps')
    },
  ),
  discard(
    'timestamps-on-every-segment',
    'MUST',
    'RFC 7323 §3.2',
    'Once agreed on, every segment that is no reset has timestamps.',
    async c => {
      await openWithTimestamps(c)
      c.send('P. 1:1001(1000)')
      c.send('P. 1001:2001(1000)')
      const all = await c.burst(600)
      given(all.length > 0, 'no acknowledgment came')
      for (const heard of all) must(optionOf(heard, 'TS') !== undefined, `${describe(heard)} has none`)
    },
  ),
  sender('timestamps-on-text', 'MUST', 'RFC 7323 §3.2', 'Its text carries timestamps as well.', async c => {
    await openWithTimestamps(c)
    const all = await c.burst()
    given(all.length > 0, 'it sent nothing')
    for (const heard of all) must(optionOf(heard, 'TS') !== undefined, `${describe(heard)} has none`)
  }),
  discard(
    'timestamps-echo',
    'MUST',
    'RFC 7323 §4.3',
    'It echoes the timestamp of the segment that moved its left edge.',
    async c => {
      await openWithTimestamps(c)
      await c.wait(20)
      const stamp = c.tsVal
      c.send(`P. 1:1401(1400) <${c.timestampsText(stamp)}>`)
      c.send(`P. 1401:2801(1400) <${c.timestampsText(stamp)}>`)
      const heard = await c.eventually('. ack 2801', 'the acknowledgment')
      must(echoOf(heard) === stamp % 2 ** 32, `it echoed ${echoOf(heard)}, not ${stamp}`)
    },
  ),
  discard(
    'timestamps-echo-earliest',
    'MUST',
    'RFC 7323 §4.3',
    'A delayed acknowledgment echoes the earliest of the segments that it covers.',
    async c => {
      await openWithTimestamps(c)
      const stamp = c.tsVal + 10
      c.send(`P. 1:1401(1400) <${c.timestampsText(stamp)}>`)
      c.send(`P. 1401:2801(1400) <${c.timestampsText(stamp + 10)}>`)
      const first = await c.eventually('.', 'an acknowledgment')
      given(first.ack === 2801, 'it acknowledged each segment by itself')
      must(echoOf(first) === stamp, `it echoed ${echoOf(first)}, not the earlier ${stamp}`)
    },
  ),
  discard(
    'timestamps-out-of-order',
    'MUST',
    'RFC 7323 §4.3',
    'A segment behind a gap does not change what it echoes.',
    async c => {
      await openWithTimestamps(c)
      const before = c.tsVal
      c.send(`P. 1:5(4) <${c.timestampsText(before)}>`)
      await c.acked(5)
      c.send(`P. 1005:1009(4) <${c.timestampsText(before + 500)}>`)
      const heard = await c.eventually('. ack 5', 'a duplicate acknowledgment')
      must(echoOf(heard) === before, `it echoed ${echoOf(heard)}, not ${before}`)
    },
  ),
  reader(
    'paws-old-timestamp',
    'MUST',
    'RFC 7323 §5.3',
    'It drops a segment whose timestamp is older than the last, and acknowledges it.',
    async c => {
      await openWithTimestamps(c)
      const from = c.next
      c.send(`P. ${from}:${from + 4}(4) <${c.timestampsText(c.tsVal - 10_000)}>`)
      c.next = from
      await c.eventually(`. ack ${from}`, 'an acknowledgment of what it expects')
      for (const heard of await c.during(400))
        must(heard.ack <= from, `it took the old segment: ${describe(heard)}`)
    },
  ),
  reader(
    'paws-lives-on',
    'MUST',
    'RFC 7323 §5.3',
    'A segment with an old timestamp does no harm to the connection.',
    async c => {
      await openWithTimestamps(c)
      const from = c.next
      c.send(`P. ${from}:${from + 4}(4) <${c.timestampsText(c.tsVal - 10_000)}>`)
      c.next = from
      await c.hear(300)
      await c.alive()
    },
  ),
  reader(
    'paws-not-for-rst',
    'MUST',
    'RFC 7323 §5.2',
    'A reset counts although its timestamp is old.',
    async c => {
      await openWithTimestamps(c)
      c.send(`R ${c.next}:${c.next}(0) <${c.timestampsText(c.tsVal - 10_000, 0)}>`)
      await c.unanswered('a reset is not answered')
      await c.gone()
    },
  ),
  reader('paws-wraps', 'MUST', 'RFC 7323 §5.3', 'Timestamps may pass 2^32.', async c => {
    c.tsOffset = 2 ** 32 - 50 - Math.floor(c.now)
    await openWithTimestamps(c)
    await c.wait(100)
    await c.alive('text with a timestamp that has passed 0 is taken')
  }),
  discard(
    'timestamps-missing',
    'SHOULD',
    'RFC 7323 §3.2',
    'It drops a segment without timestamps where they were agreed on.',
    async c => {
      await openWithTimestamps(c)
      c.timestamps = false
      c.send('P. 1:5(4)')
      for (const heard of await c.during(700)) must(heard.ack < 5, 'it took text without timestamps')
    },
  ),
  reader(
    'timestamps-missing-on-rst',
    'MUST',
    'RFC 7323 §3.2',
    'A reset counts without timestamps.',
    async c => {
      await openWithTimestamps(c)
      c.timestamps = false
      c.send('R 1:1(0)')
      await c.unanswered('a reset is not answered')
      await c.gone()
    },
  ),
  reader(
    'timestamps-clock',
    'MUST',
    'RFC 7323 §5.4',
    'Its timestamps go between one a second and one a millisecond.',
    async c => {
      const before = await openWithTimestamps(c)
      await c.wait(2000)
      c.skip()
      c.send(`. ${c.next - 1}:${c.next - 1}(0)`)
      const after = await c.hear()
      given(after !== null && !(after.flags & RST) && optionOf(after, 'TS') !== undefined, 'it was silent')
      const rate = (((stampOf(after!) - stampOf(before)) >>> 0) * 1000) / (after!.time - before.time)
      must(rate >= 0.5 && rate < 1100, `they go ${rate.toFixed(0)} times a second`)
    },
  ),
]
