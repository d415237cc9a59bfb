/** The end of a connection, from either side. */
import { FIN, RST, SYN } from '../../wire/tcp.ts'
import { type Check, given, must, topic } from '../check.ts'
import { describe } from '../heard.ts'
import { CLOSING as CLOSING_STATE, FIN_WAIT_1, FIN_WAIT_2, LAST_ACK, TIME_WAIT } from './states.ts'

const reader = topic('reads')
const echo = topic('echo')
const closer = topic('closes')

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
    'time-wait-fin-again',
    'MUST',
    'RFC 9293 §3.10.7.4',
    'In TIME-WAIT it acknowledges our FIN for as often as it comes.',
    async c => {
      await TIME_WAIT.reach(c)
      for (let n = 0; n < 3; n++) {
        await c.wait(700)
        c.skip()
        c.send('F. 1:1(0)')
        await c.expect('. ack 2', 'an acknowledgment of our FIN')
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
    'time-wait-new-connection',
    'habit',
    'RFC 9293 §3.6.1; RFC 6191 §2',
    'In TIME-WAIT it takes a SYN with a later number as a new connection.',
    async c => {
      await TIME_WAIT.reach(c)
      c.send('S 100000:100000(0) <mss 1460>')
      const answer = await c.hear()
      must(
        answer !== null && (answer.flags & SYN) !== 0 && answer.ack === 100_001,
        answer === null ? 'nothing came' : `${describe(answer)} came`,
      )
    },
  ),
  closer(
    'time-wait-old-syn',
    'MUST',
    'RFC 9293 §3.10.7.4',
    'In TIME-WAIT it does not take a SYN with an old number as a new connection.',
    async c => {
      await TIME_WAIT.reach(c)
      c.send('S -100000:-100000(0) <mss 1460>')
      const answer = await c.hear()
      must(answer === null || (answer.flags & SYN) === 0, 'it took an old SYN')
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
