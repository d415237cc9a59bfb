/** Opening a connection from outside: what a listener answers, and a port that nobody listens on. */
import { ACK, RST, SYN } from '../../wire/tcp.ts'
import { type Check, given, must, topic } from '../check.ts'
import type { Conversation } from '../conversation.ts'
import { describe, type Heard, matches, optionOf } from '../heard.ts'
import { parseSegment } from '../segment-text.ts'
import { unlessStateless } from './states.ts'

const listener = topic('any')
const nobody = topic('nobody')
const echo = topic('echo')

/** A second, less what a busy examiner may hear late, ms. */
const EARLY = 700
/** Gaps between SYN,ACKs that are not answered, ms. */
const TIMES = 3

/** A closed port must answer the segment by this reset. @throws CannotTell when it is silent, as behind a filter */
const refused = async (c: Conversation, segment: string, reset: string): Promise<Heard> => {
  c.send(segment)
  const heard = await c.hear()
  given(heard !== null, 'a port that nobody listens on is silent: it may be filtered')
  must(matches(heard, parseSegment(reset)), `expected ${reset}, but ${describe(heard)} came`)
  return heard
}

const resetsNotAnswered = async (c: Conversation): Promise<void> => {
  c.send('R 1:1(0)')
  await c.silence('a reset is not answered')
  c.send('R. 1:1(0) ack 1')
  await c.silence('a reset that acknowledges is not either')
}

export const HANDSHAKE: readonly Check[] = [
  listener(
    'syn-answered',
    'MUST',
    'RFC 9293 §3.10.7.2',
    'A listener answers a SYN with a SYN that acknowledges it.',
    async c => {
      c.send('S 0:0(0) <mss 1460>')
      await c.expect('S. ack 1', 'the answer to a SYN')
    },
  ),
  listener(
    'syn-ack-with-mss',
    'SHOULD',
    'RFC 9293 §3.7.1 SHLD-5',
    'It says in its SYN how large a segment it takes.',
    async c => {
      const answer = await c.open()
      must(optionOf(answer, 'mss') !== undefined, 'its SYN has no MSS option')
    },
  ),
  listener(
    'syn-ack-offers-only-what-was-offered',
    'MUST',
    'RFC 7323 §2.2, §3.2; RFC 2018 §2',
    'It puts window scale, timestamps and SACK permitted on its SYN only where ours had them.',
    async c => {
      const answer = await c.open('mss 1460')
      for (const kind of ['wscale', 'TS', 'sackOK'] as const)
        must(optionOf(answer, kind) === undefined, `its SYN has ${kind}, which ours had not`)
    },
  ),
  listener(
    'syn-without-options',
    'MUST',
    'RFC 9293 §3.7.1 MUST-15',
    'It takes a SYN that has no options at all.',
    async c => {
      c.send('S 0:0(0)')
      await c.expect('S. ack 1', 'the answer to a bare SYN')
    },
  ),
  listener(
    'syn-again',
    'SHOULD',
    'RFC 9293 §3.10.7.4',
    'It answers the same SYN again, from the same initial sequence number.',
    async c => {
      c.send('S 0:0(0) <mss 1460>')
      await c.expect('S. 0:0(0) ack 1', 'the answer to a SYN')
      c.send('S 0:0(0) <mss 1460>')
      const again = await c.hear()
      must(again !== null && (again.flags & RST) === 0, 'the second SYN was not answered')
      must(again!.seq === (again!.flags & SYN ? 0 : 1), `it began anew at ${again!.seq}`)
    },
  ),
  listener(
    'syn-ack-retransmitted',
    'MUST',
    'RFC 9293 §3.8.1',
    'It repeats its SYN until it is acknowledged.',
    unlessStateless(async c => {
      c.send('S 0:0(0) <mss 1460>')
      await c.expect('S. 0:0(0) ack 1', 'the answer to a SYN')
      await c.expect('S. 0:0(0) ack 1', 'the same once more', 4000)
    }),
    { pace: 'normal' },
  ),
  listener(
    'syn-ack-backs-off',
    'MUST',
    'RFC 6298 §5.5',
    'It waits twice as long before each repetition of its SYN.',
    unlessStateless(async c => {
      c.send('S 0:0(0) <mss 1460>')
      let last = (await c.expect('S. ack 1', 'the answer to a SYN')).time
      let gap = 0
      for (let n = 0; n < TIMES; n++) {
        const { time } = await c.expect('S. ack 1', 'the same once more', 3 * gap + 4000)
        must(time - last > 1.5 * gap, `after ${gap.toFixed(0)} ms it waited only ${(time - last).toFixed(0)}`)
        gap = time - last
        last = time
      }
    }),
    { pace: 'normal' },
  ),
  listener(
    'syn-ack-first-timeout',
    'SHOULD',
    'RFC 6298 §2.1',
    'It repeats its SYN no sooner than after a second, for want of any measurement.',
    async c => {
      c.send('S 0:0(0) <mss 1460>')
      const first = await c.expect('S. ack 1', 'the answer to a SYN')
      const second = await c.hear(5000)
      given(second !== null, 'its SYN did not come again')
      const gap = second!.time - first.time
      must(gap > EARLY, `it came again after ${gap.toFixed(0)} ms`)
    },
    { pace: 'normal' },
  ),
  listener(
    'ack-to-listener',
    'MUST',
    'RFC 9293 §3.10.7.2',
    'A listener resets whoever acknowledges what it never sent.',
    async c => {
      c.send('. 1:1(0) ack 4711')
      await c.expect('R 4711:4711(0)', 'a reset with the number that was acknowledged')
    },
  ),
  listener(
    'syn-ack-to-listener',
    'MUST',
    'RFC 9293 §3.10.7.2',
    'A listener resets a SYN that acknowledges what it never sent.',
    async c => {
      c.send('S. 0:0(0) ack 4711')
      await c.expect('R 4711:4711(0)', 'a reset with the number that was acknowledged')
    },
  ),
  listener(
    'rst-to-listener',
    'MUST',
    'RFC 9293 §3.10.7.2',
    'A listener does not answer a reset.',
    resetsNotAnswered,
  ),
  listener(
    'neither-syn-nor-ack-to-listener',
    'MUST',
    'RFC 9293 §3.10.7.2',
    'A listener drops a segment that has neither SYN nor ACK nor RST.',
    async c => {
      c.send('F 1:1(0)')
      await c.silence('a FIN by itself is dropped')
      c.send('- 1:5(4)')
      await c.silence('text by itself is dropped')
    },
  ),
  listener(
    'handshake-ack-wrong',
    'MUST',
    'RFC 9293 §3.10.7.4',
    'Half open, it resets an acknowledgment of anything but its SYN.',
    async c => {
      c.send('S 0:0(0) <mss 1460>')
      await c.expect('S. ack 1', 'the answer to a SYN')
      c.send('. 1:1(0) ack 4711')
      await c.eventually('R 4711:4711(0)', 'a reset with the number that was acknowledged')
    },
  ),
  listener(
    'handshake-completes-after-wrong-ack',
    'MUST',
    'RFC 9293 §3.10.7.4',
    'Half open, it stays so when somebody else acknowledges a wrong number.',
    async c => {
      c.send('S 0:0(0) <mss 1460>')
      await c.expect('S. ack 1', 'the answer to a SYN')
      c.send('. 1:1(0) ack 4711')
      await c.hear(300)
      c.send('.')
      await c.alive('the right acknowledgment completes the handshake')
    },
    { needs: 'reads' },
  ),
  listener(
    'handshake-ack-with-text',
    'MUST',
    'RFC 9293 §3.10.7.4',
    'It takes text that comes with the acknowledgment of its SYN.',
    async c => {
      c.send('S 0:0(0) <mss 1460>')
      await c.expect('S. ack 1', 'the answer to a SYN')
      c.send('P. 1:101(100)')
      await c.acked(101, 'the text to be taken')
    },
    { needs: 'reads' },
  ),
  listener(
    'handshake-ack-with-fin',
    'MUST',
    'RFC 9293 §3.10.7.4',
    'It takes a FIN that comes with the acknowledgment of its SYN.',
    async c => {
      c.send('S 0:0(0) <mss 1460>')
      await c.expect('S. ack 1', 'the answer to a SYN')
      c.send('FP. 1:5(4)')
      await c.acked(6, 'text and FIN to be taken')
    },
    { needs: 'reads' },
  ),
  listener(
    'handshake-ack-lost',
    'MUST',
    'RFC 9293 §3.10.7.4',
    'It takes text although the acknowledgment before it was lost.',
    async c => {
      c.send('S 0:0(0) <mss 1460>')
      await c.expect('S. ack 1', 'the answer to a SYN')
      c.next = 101
      c.send('P. 101:201(100)')
      await c.hear(300)
      c.send('P. 1:101(100)')
      c.next = 201
      await c.wait(300)
      if (c.highestAck < 201) c.send('P. 101:201(100)')
      await c.acked(201, 'all of the text to be taken')
    },
    { needs: 'reads' },
  ),
  echo(
    'syn-with-text',
    'MUST',
    'RFC 9293 §3.10.7.2',
    'Text on a SYN is kept until the handshake is done, or not acknowledged; it is not delivered twice.',
    async c => {
      c.send('S 0:4(4) <mss 1460>')
      const answer = await c.hear()
      must(
        answer !== null && (answer.flags & (SYN | ACK)) === (SYN | ACK),
        'a SYN with text was not answered',
      )
      must(answer!.ack === 1 || answer!.ack === 5, `it acknowledged ${answer!.ack}`)
      c.next = 1
      c.send('P. 1:9(8)')
      const text = await c.echoed(8, 'the text once')
      must(text.length === 8, `${text.length} bytes came back for 8`)
    },
  ),
  echo(
    'syn-with-text-not-acknowledged',
    'habit',
    'RFC 9293 §3.10.7.2; RFC 7413 §1',
    'Without fast open, its SYN,ACK leaves out the text that has come with the SYN.',
    async c => {
      c.send('S 0:4(4) <mss 1460>')
      await c.expect('S. 0:0(0) ack 1', 'an answer to the SYN alone')
    },
  ),
  nobody(
    'port-refused',
    'MUST',
    'RFC 9293 §3.10.7.1',
    'A port that nobody listens on refuses a SYN: a reset of number 0 that acknowledges it.',
    async c => {
      const reset = await refused(c, 'S 0:0(0) <mss 1460>', 'R. ack 1')
      must(reset.wireSeq === 0, `the reset has the number ${reset.wireSeq}`)
    },
  ),
  nobody(
    'port-refused-text',
    'MUST',
    'RFC 9293 §3.10.7.1',
    'The reset acknowledges all that the refused segment occupies: SYN, text and FIN.',
    async c => {
      await refused(c, 'S 0:7(7) <mss 1460>', 'R. ack 8')
      await refused(c, 'FP 100:107(7)', 'R. ack 108')
    },
  ),
  nobody(
    'port-refused-ack',
    'MUST',
    'RFC 9293 §3.10.7.1',
    'A segment with an acknowledgment is refused by a reset of that number, which acknowledges nothing.',
    async c => {
      await refused(c, 'P. 1:5(4) ack 4711', 'R 4711:4711(0)')
    },
  ),
  nobody(
    'port-refused-rst',
    'MUST',
    'RFC 9293 §3.10.7.1',
    'A reset to a port that nobody listens on is not answered.',
    resetsNotAnswered,
  ),
  listener(
    'checksum-wrong',
    'MUST',
    'RFC 9293 §3.1 MUST-3',
    'A segment whose checksum is wrong is dropped.',
    async c => {
      c.send('S 0:0(0) <mss 1460>', { flaw: 'checksum' })
      await c.silence('a SYN with a wrong checksum is dropped')
    },
  ),
  listener(
    'checksum-right',
    'MUST',
    'RFC 9293 §3.1 MUST-2',
    'It fills in the checksum of all that it sends.',
    async c => {
      const answer = await c.open()
      must(answer.checksumRight, 'the checksum of its SYN is wrong')
    },
  ),
  listener(
    'offset-wrong',
    'MUST',
    'RFC 9293 §3.1',
    'A segment whose data offset is below 5, or beyond its end, is dropped.',
    async c => {
      c.send('S 0:0(0) <mss 1460>', { flaw: 'short offset' })
      await c.silence('a header of 16 bytes is none')
      c.send('S 0:0(0) <mss 1460>', { flaw: 'long offset' })
      await c.silence('a header that is longer than the segment is none')
    },
  ),
  listener(
    'reserved-bits',
    'MUST',
    'RFC 9293 §3.1',
    'It does not mind reserved bits that are set.',
    async c => {
      c.send('S 0:0(0) <mss 1460>', { flaw: 'reserved' })
      await c.expect('S. ack 1', 'the answer to a SYN with reserved bits')
    },
  ),
]
