/** Checks of an attacker's chances: things that he may learn or bring about. */
import { ACK, SYN } from '../../wire/tcp.ts'
import { type Check, given, must, topic } from '../check.ts'
import type { Conversation } from '../conversation.ts'
import { optionOf } from '../heard.ts'
import { inWindow } from './in-every-state.ts'
import { unlessStateless } from './states.ts'

const listener = topic('any')
const reader = topic('reads')

/** Connections that a sample is made of. */
const SAMPLE = 8

/** Resets of numbers in the window, but never the one that it expects. */
const forgeResets = (c: Conversation, times: number): void => {
  given(c.room > times, `its window is less than ${times} bytes`)
  for (let n = 1; n <= times; n++) c.send(`R ${c.next + n}:${c.next + n}(0)`)
}

/** Handshakes that nobody goes on with. */
const flood = (c: Conversation): Conversation[] => {
  const half = Array.from({ length: c.trial.options.crowd }, () => c.another())
  for (const other of half) other.send('S 0:0(0) <mss 1460>')
  return half
}

export const HOSTILE: readonly Check[] = [
  listener(
    'isn-unpredictable',
    'MUST',
    'RFC 9293 §3.4.1 MUST-8, SHLD-1; RFC 6528 §3',
    'Its initial sequence numbers towards one peer do not tell those towards another port.',
    async c => {
      const numbers: number[] = []
      for (let n = 0; n < SAMPLE; n++) numbers.push((await c.another().open()).wireSeq)
      const steps = numbers.slice(1).map((number, i) => (number - numbers[i]!) >>> 0)
      must(new Set(steps).size > 1, `they go up by ${steps[0]} each time`)
      // A clock alone goes up by 250 a millisecond: steps between ports must be larger than it explains.
      const far = steps.filter(step => step > 2 ** 24 && step < 2 ** 32 - 2 ** 24)
      must(far.length > 0, `they go up by ${steps.join(', ')}`)
    },
  ),
  listener(
    'isn-clock',
    'MUST',
    'RFC 9293 §3.4.1 MUST-8; RFC 6528 §3',
    'Towards the same port its initial sequence numbers go up with a clock.',
    unlessStateless(async c => {
      const first = await c.open()
      c.end()
      await c.wait(200)
      const second = await c.another(c.sourcePort).open()
      const step = (second.wireSeq - first.wireSeq) >>> 0
      must(step > 0 && step < 2 ** 28, `${step} in 200 ms`)
    }),
  ),
  listener(
    'timestamps-unpredictable',
    'SHOULD',
    'RFC 7323 §5.4, §7.1',
    'Its timestamps begin anew for each connection: they tell neither its uptime nor who shares an address.',
    async c => {
      const values: number[] = []
      for (let n = 0; n < 3; n++) {
        const stamp = optionOf(await c.another().open('mss 1460,nop,nop,TS val 1 ecr 0'), 'TS')
        given(stamp !== undefined, 'it has no timestamps')
        values.push(stamp.val >>> 0)
      }
      const close = values.slice(1).filter((value, i) => Math.abs(value - values[i]!) < 60_000)
      must(close.length === 0, `they begin at ${values.join(', ')}`)
    },
  ),
  reader(
    'flood-survived',
    'SHOULD',
    'RFC 4987 §3',
    'After a small flood of SYNs that nobody goes on with, others still get through.',
    async c => {
      flood(c)
      await c.wait(300)
      await c.open()
      await c.alive()
    },
    { alone: true, floods: true },
  ),
  reader(
    'flood-answered',
    'habit',
    'RFC 4987 §3.6',
    'Each SYN of a small flood is answered, be it by a cookie.',
    async c => {
      const half = flood(c)
      await c.wait(600)
      const answered = half.filter(other => other.irs !== null).length
      must(answered === half.length, `${answered} of ${half.length} SYNs were answered`)
    },
    { alone: true, floods: true },
  ),
  reader(
    'challenges-rationed',
    'SHOULD',
    'RFC 5961 §7',
    'It does not answer every one of a hundred forged resets with a challenge.',
    async c => {
      await c.open()
      forgeResets(c, 100)
      const all = await c.during(500)
      must(all.length < 100, `${all.length} challenges came for 100 resets`)
      await c.alive()
    },
    // Other connections would get no challenges from a TCP that rations them for all together.
    { alone: true },
  ),
  reader(
    'challenges-not-starved',
    'habit',
    'RFC 5961 §7; CVE-2016-5696',
    'Forged resets on one connection do not cost another its challenge.',
    async c => {
      await c.open()
      const other = c.another()
      await other.open()
      forgeResets(c, 150)
      await c.wait(200)
      other.send(`R ${inWindow(other)}:${inWindow(other)}(0)`)
      await other.expect('. ack 1', 'a challenge')
    },
    { alone: true },
  ),
  reader(
    'text-injected-blindly',
    'MUST',
    'RFC 9293 §3.10.7.4; RFC 5961 §5.2',
    'Text with an acknowledgment that is out of all proportion is not taken.',
    async c => {
      await c.open()
      c.send('P. 1:5(4) ack 1000000000')
      c.next = 1
      for (const heard of await c.during(500)) must(heard.ack <= 1, 'it took the text')
      await c.alive()
    },
  ),
  listener(
    'syn-fin',
    'habit',
    'RFC 9293 §3.10.7.2',
    'A SYN with FIN opens nothing that a SYN alone would not, and stops nobody.',
    async c => {
      c.send('SF 0:0(0) <mss 1460>')
      await c.hear(300)
      const other = c.another()
      other.send('S 0:0(0) <mss 1460>')
      const answer = await other.hear()
      must(answer !== null && (answer.flags & (SYN | ACK)) === (SYN | ACK), 'another SYN was not answered')
    },
  ),
  listener(
    'all-flags',
    'habit',
    'RFC 9293 §3.10.7.2',
    'A segment with all flags does not bring it down.',
    async c => {
      c.send('SFRPUEW. 0:0(0) ack 1')
      await c.hear(300)
      const other = c.another()
      other.send('S 0:0(0) <mss 1460>')
      await other.expect('S. ack 1', 'the answer to a SYN')
    },
  ),
]
