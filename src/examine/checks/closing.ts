/** The end of a connection, from either side. */
import { FIN, RST, SYN } from '../../wire/tcp.ts'
import { type Check, given, must, topic } from '../check.ts'
import type { Conversation } from '../conversation.ts'
import { describe, type Heard, matches } from '../heard.ts'
import { parseSegment } from '../segment-text.ts'
import { RATION } from '../waits.ts'
import { CLOSING as CLOSING_STATE, FIN_WAIT_1, FIN_WAIT_2, LAST_ACK, TIME_WAIT, timeWait } from './states.ts'

const reader = topic('reads')
const echo = topic('echo')
const closer = topic('closes')

/** Sends a SYN, which must be answered as that of a new connection. @throws Differs */
const begunAnew = async (c: Conversation, syn: string, ack: number): Promise<void> => {
  c.send(syn)
  const answer = await c.hear()
  must(
    answer !== null && (answer.flags & SYN) !== 0 && answer.ack === ack,
    answer === null ? 'nothing came' : `${describe(answer)} came`,
  )
  // No other end is known of a connection whose numbers begin elsewhere.
  c.send(`R ${ack}:${ack}(0)`)
}

/** Sends an old SYN, which must not be answered as that of a new connection. @throws Differs */
const notBegunAnew = async (c: Conversation, syn: string): Promise<void> => {
  c.send(syn)
  const answer = await c.hear()
  must(answer === null || (answer.flags & SYN) === 0, 'it took an old SYN')
}

/** Sends our FIN once more, which must be acknowledged: if not at once, out of the next ration of such answers. @throws Differs */
const finAgain = async (c: Conversation): Promise<void> => {
  const again = (): Promise<Heard | null> => {
    c.skip()
    c.send('F. 1:1(0)')
    return c.hear()
  }
  let answer = await again()
  if (answer === null) {
    await c.wait(RATION)
    answer = await again()
  }
  must(
    answer !== null && matches(answer, parseSegment('. ack 2')),
    `expected . ack 2 (an acknowledgment of our FIN), but ${answer === null ? 'nothing' : describe(answer)} came`,
  )
}

const timeWaitWithTimestamps = async (c: Conversation): Promise<void> => {
  await timeWait(c, `mss 1460,${c.timestampsText(c.tsVal, 0)}`)
  given(c.timestamps, 'it has no timestamps')
}

export const CLOSING: readonly Check[] = [
  reader('fin-acknowledged', 'MUST', 'RFC 9293 §3.10.7.4', 'It acknowledges a FIN.', async c => {
    await c.open()
    c.send('F.')
    await c.acked(2, 'our FIN to be acknowledged')
  }),
  reader(
    'fin-with-text',
    'MUST',
    'RFC 9293 §3.10.7.4',
    'It takes the text of a segment with a FIN, and then the FIN.',
    async c => {
      await c.open()
      c.send('FP. 1:101(100)')
      await c.acked(102, 'text and FIN to be acknowledged')
    },
  ),
  reader(
    'fin-before-text',
    'MUST',
    'RFC 9293 §3.10.7.4',
    'A FIN that comes before its turn does not end the text before it.',
    async c => {
      await c.open()
      c.send('F. 101:101(0)')
      await c.during(200)
      must(c.highestAck === 1, `it acknowledged ${c.highestAck} before the text had come`)
      c.send('P. 1:101(100)')
      await c.wait(200)
      if (c.highestAck < 102) c.send('F. 101:101(0)')
      c.next = 102
      await c.acked(102, 'text and FIN to be acknowledged')
    },
  ),
  echo(
    'half-close',
    'MUST',
    'RFC 9293 §3.6 MUST-72',
    'Text that it has to send comes although we have closed.',
    async c => {
      await c.open()
      c.send('FP. 1:101(100)')
      const text = await c.echoed(100)
      must(text.length === 100, `${text.length} bytes came`)
    },
  ),
  echo(
    'close-wait-closes',
    'habit',
    'RFC 9293 §3.10.4; RFC 862',
    'An echo that has heard the end of our text ends its own: a FIN comes.',
    async c => {
      await c.open()
      c.send('FP. 1:101(100)')
      await c.echoed(100)
      for (const until = c.now + 2000; !c.ended; ) {
        const heard = await c.hear(until - c.now)
        must(heard !== null, 'no FIN came')
        if (heard.flags & FIN) return
      }
    },
  ),
  reader(
    'last-ack-ends',
    'MUST',
    'RFC 9293 §3.10.7.4',
    'Nothing is left of a connection when the last FIN is acknowledged.',
    async c => {
      await LAST_ACK.reach(c)
      c.take(c.rcv + 1)
      await c.silence('an acknowledgment is not answered')
      await c.gone()
    },
  ),
  reader(
    'last-ack-fin-retransmitted',
    'MUST',
    'RFC 9293 §3.8.1',
    'It repeats its FIN until that is acknowledged.',
    async c => {
      await LAST_ACK.reach(c)
      await c.eventually('F.', 'the FIN once more', 4000)
    },
    { pace: 'normal' },
  ),
  closer(
    'fin-wait-1-fin-retransmitted',
    'MUST',
    'RFC 9293 §3.8.1',
    'Having closed first, it repeats its FIN until that is acknowledged.',
    async c => {
      await FIN_WAIT_1.reach(c)
      await c.eventually('F.', 'the FIN once more', 4000)
    },
    { pace: 'normal' },
  ),
  closer(
    'fin-wait-2-quiet',
    'MUST',
    'RFC 9293 §3.6',
    'Once its FIN is acknowledged it waits for ours.',
    async c => {
      await FIN_WAIT_2.reach(c)
      await c.silence('there is nothing to send', 1000)
      await c.exists()
    },
  ),
  closer(
    'fin-wait-2-fin-acknowledged',
    'MUST',
    'RFC 9293 §3.10.7.4',
    'Having closed first, it acknowledges our FIN.',
    async c => {
      await FIN_WAIT_2.reach(c)
      c.send('F.')
      await c.expect('. ack 2', 'an acknowledgment of our FIN')
    },
  ),
  closer(
    'fin-wait-2-text-and-fin',
    'MUST',
    'RFC 9293 §3.10.7.4',
    'Having closed first, it takes text and FIN of one segment.',
    async c => {
      await FIN_WAIT_2.reach(c)
      c.send('FP. 1:101(100)')
      await c.acked(102, 'text and FIN to be acknowledged')
    },
  ),
  closer(
    'simultaneous-close',
    'MUST',
    'RFC 9293 §3.6',
    'Where both close at once, it acknowledges our FIN and waits in TIME-WAIT.',
    async c => {
      await CLOSING_STATE.reach(c)
      c.take(c.rcv + 1)
      await c.exists('it waits in TIME-WAIT')
    },
  ),
  closer(
    'fin-wait-1-fin-acknowledges',
    'MUST',
    'RFC 9293 §3.10.7.4',
    'Having closed first, it takes a FIN that acknowledges its own, and waits in TIME-WAIT.',
    async c => {
      await FIN_WAIT_1.reach(c)
      c.rcv++
      c.send('F.')
      await c.expect('. ack 2', 'an acknowledgment of our FIN')
      await c.exists('it waits in TIME-WAIT')
    },
  ),
  closer(
    'closing-fin-retransmitted',
    'MUST',
    'RFC 9293 §3.10.7.4',
    'Where both close at once, an acknowledgment that leaves its FIN out does not stop it from coming again.',
    async c => {
      await CLOSING_STATE.reach(c)
      c.send('.')
      await c.eventually('F.', 'the FIN once more', 4000)
    },
    { pace: 'normal' },
  ),
  closer(
    'simultaneous-close-new-connection',
    'habit',
    'RFC 9293 §3.6.1; RFC 6191 §2',
    'Where both have closed at once, it takes a SYN with a later number as a new connection, as in any TIME-WAIT.',
    async c => {
      await CLOSING_STATE.reach(c)
      c.take(c.rcv + 1)
      await c.wait(100)
      c.skip()
      await begunAnew(c, 'S 100000:100000(0) <mss 1460>', 100_001)
    },
  ),
  closer(
    'time-wait-later-timestamp',
    'habit',
    'RFC 6191 §2',
    'In TIME-WAIT it takes a SYN with a later timestamp as a new connection, though its number is an old one.',
    async c => {
      await timeWaitWithTimestamps(c)
      await begunAnew(c, `S -100000:-100000(0) <mss 1460,${c.timestampsText(c.tsVal + 10_000, 0)}>`, -99_999)
    },
  ),
  closer(
    'time-wait-older-timestamp',
    'MUST',
    'RFC 7323 §5.3; RFC 6191 §2',
    'In TIME-WAIT it does not take a SYN with an older timestamp as a new connection, though its number is a later one.',
    async c => {
      await timeWaitWithTimestamps(c)
      await notBegunAnew(c, `S 100000:100000(0) <mss 1460,${c.timestampsText(c.tsVal - 100_000, 0)}>`)
    },
  ),
  closer(
    'time-wait-fin-again',
    'MUST',
    'RFC 9293 §3.10.7.4',
    'In TIME-WAIT it acknowledges our FIN for as often as it comes.',
    async c => {
      await TIME_WAIT.reach(c)
      for (let n = 0; n < 3; n++) {
        await c.wait(700)
        await finAgain(c)
      }
    },
    { pace: 'normal' },
  ),
  closer(
    'time-wait-lasts',
    'MUST',
    'RFC 9293 §3.6.1 MUST-13',
    'TIME-WAIT lasts twice the lifetime of a segment: half a minute at the very least.',
    async c => {
      await TIME_WAIT.reach(c)
      await c.wait(29_000)
      await c.exists('it waits in TIME-WAIT')
    },
    { pace: 'thorough' },
  ),
  closer(
    'time-wait-begins-anew',
    'MUST',
    'RFC 9293 §3.10.7.4',
    'When our FIN comes again, TIME-WAIT begins anew: it is there when it would have been over.',
    async c => {
      await TIME_WAIT.reach(c)
      await c.wait(45_000)
      c.skip()
      c.send('F. 1:1(0)')
      const answer = await c.hear()
      given(answer !== null && (answer.flags & RST) === 0, 'it is shorter than 45 s')
      await c.wait(40_000)
      await c.exists('it waits in TIME-WAIT')
    },
    { pace: 'thorough' },
  ),
  closer(
    'time-wait-ends',
    'SHOULD',
    'RFC 9293 §3.6.1, §3.4.2',
    'TIME-WAIT is over after twice the lifetime of a segment: four minutes at most.',
    async c => {
      await TIME_WAIT.reach(c)
      await c.wait(245_000)
      await c.gone('it has waited long enough')
    },
    { pace: 'thorough' },
  ),
  closer(
    'time-wait-new-connection',
    'habit',
    'RFC 9293 §3.6.1; RFC 6191 §2',
    'In TIME-WAIT it takes a SYN with a later number as a new connection.',
    async c => {
      await TIME_WAIT.reach(c)
      await begunAnew(c, 'S 100000:100000(0) <mss 1460>', 100_001)
    },
  ),
  closer(
    'time-wait-old-syn',
    'MUST',
    'RFC 9293 §3.10.7.4',
    'In TIME-WAIT it does not take a SYN with an old number as a new connection.',
    async c => {
      await TIME_WAIT.reach(c)
      await notBegunAnew(c, 'S -100000:-100000(0) <mss 1460>')
    },
  ),
  closer('close-in-order', 'MUST', 'RFC 9293 §3.6', 'Its FIN stands behind all of its text.', async c => {
    await c.open()
    let end = 1
    for (const heard of await c.burst()) {
      if (heard.flags & RST) break
      must(heard.seq <= end, `${describe(heard)} leaves a gap`)
      end = Math.max(end, heard.end)
      if (heard.flags & FIN) {
        must(heard.end >= end, 'its FIN comes before its text')
        return
      }
    }
    given(false, 'no FIN came')
  }),
]
