/** The examined as the one who opens: it is asked to connect to us. */
import { RST, SYN } from '../../wire/tcp.ts'
import { type Check, given, must, topic } from '../check.ts'
import type { Conversation } from '../conversation.ts'
import { describe, optionOf } from '../heard.ts'
import { givenIcmp } from './icmp.ts'

/** A second, less what a busy examiner may hear late, ms. */
const EARLY = 700
/** Attempts to connect that a sample is made of. */
const SAMPLE = 3

const dialler = topic('dials')

/** Answers its SYN, and waits for the end of the handshake. */
const established = async (c: Conversation, options = 'mss 1460'): Promise<void> => {
  await c.dialled()
  c.send(`S. 0:0(0) ack 1 <${options}>`)
  await c.eventually('. ack 1', 'the end of the handshake')
}

/** Has it connect once more, from another port. @returns the time until its SYN came, ms */
const untilSyn = async (c: Conversation): Promise<number> => {
  const before = c.now
  return (await c.another().dialled()).time - before
}

/** A segment in answer to its SYN does not end the attempt. */
const unmoved = (id: string, section: string, rule: string, segment: string): Check =>
  dialler(id, 'MUST', section, rule, async c => {
    await c.dialled()
    c.send(segment)
    c.next = 0
    await stillOpens(c)
  })

/** The attempt has outlived the packets before: some ms later our SYN,ACK is still taken. */
const stillOpens = async (c: Conversation, after = 100): Promise<void> => {
  await c.wait(after)
  c.skip()
  c.send('S. 0:0(0) ack 1 <mss 1460>')
  await c.eventually('. ack 1', 'the end of the handshake')
}

/** Both have sent a SYN, and it has acknowledged ours. */
const crossing = async (c: Conversation): Promise<void> => {
  await c.dialled()
  c.send('S 0:0(0) <mss 1460>')
  await c.eventually('S. 0:0(0) ack 1', 'its SYN once more, which acknowledges ours')
}

/** An ICMP error of this name about its SYN does not stop it. */
const soft = (id: string, section: string, rule: string, name: 'host unreachable' | 'time exceeded'): Check =>
  dialler(id, 'MUST', section, rule, async c => {
    const syn = await c.dialled()
    c.icmp(name, syn.bytes)
    await stillOpens(c, 200)
  })

export const DIALLING: readonly Check[] = [
  dialler(
    'dial-handshake',
    'MUST',
    'RFC 9293 §3.10.7.3',
    'It acknowledges our SYN, and the connection is open.',
    async c => {
      await established(c)
      await c.exists('the connection is open')
    },
  ),
  dialler(
    'dial-syn-bare',
    'MUST',
    'RFC 9293 §3.10.1',
    'Its SYN has neither ACK nor RST nor FIN.',
    async c => {
      const syn = await c.dialled()
      must((syn.flags & 0x3f) === SYN, describe(syn))
    },
  ),
  dialler(
    'dial-syn-with-mss',
    'SHOULD',
    'RFC 9293 §3.7.1 SHLD-5',
    'Its SYN says how large a segment it takes.',
    async c => {
      must(optionOf(await c.dialled(), 'mss') !== undefined, 'its SYN has no MSS option')
    },
  ),
  dialler(
    'dial-syn-retransmitted',
    'MUST',
    'RFC 9293 §3.8.1; RFC 6298 §2.1',
    'It repeats its SYN after a second, and then ever more rarely.',
    async c => {
      const first = await c.dialled()
      const second = await c.expect('S 0:0(0)', 'the SYN once more', 4000)
      const third = await c.expect('S 0:0(0)', 'the SYN once more', 12_000)
      const [a, b] = [second.time - first.time, third.time - second.time]
      must(a > EARLY, `it came again after ${a.toFixed(0)} ms`)
      // Linux repeats the first few at the same distance (RFC 6298 has them double).
      must(b > 1.5 * a, `gaps of ${a.toFixed(0)} and ${b.toFixed(0)} ms`)
    },
    { pace: 'normal' },
  ),
  dialler(
    'dial-syn-first-timeout',
    'SHOULD',
    'RFC 6298 §2.1',
    'Its SYN leaves when it is asked to connect, and not only after its timer.',
    async c => {
      const first = await c.dialled()
      const second = await c.expect('S 0:0(0)', 'the SYN once more', 8000)
      const timer = (second.time - first.time) / 2
      const times: number[] = []
      while (times.length < SAMPLE) times.push(await untilSyn(c))
      // A SYN that waits for the timer comes after half of the time that is then between the first two.
      const waits = times.every(time => Math.abs(time - timer) < timer / 20)
      must(!waits, `its SYNs came ${times.map(time => time.toFixed(0)).join(', ')} ms after that`)
      given(
        times.some(time => time < EARLY),
        'the program that has it connect takes its time',
      )
    },
    { pace: 'normal' },
  ),
  dialler(
    'dial-wrong-ack',
    'MUST',
    'RFC 9293 §3.10.7.3',
    'It resets a SYN that acknowledges another number, and goes on trying.',
    async c => {
      await c.dialled()
      c.send('S. 0:0(0) ack 4711 <mss 1460>')
      await c.eventually('R 4711:4711(0)', 'a reset with the number that was acknowledged')
      c.next = 0
      c.send('S. 0:0(0) ack 1 <mss 1460>')
      await c.eventually('. ack 1', 'the end of the handshake', 4000)
    },
  ),
  dialler(
    'dial-ack-without-syn',
    'MUST',
    'RFC 9293 §3.10.7.3',
    'A bare acknowledgment of its SYN does not open the connection.',
    async c => {
      await c.dialled()
      c.send('. 0:0(0) ack 1')
      for (const heard of await c.during(300))
        must((heard.flags & (SYN | RST)) !== 0, `it took it for a handshake: ${describe(heard)}`)
    },
  ),
  dialler(
    'dial-rst-refuses',
    'MUST',
    'RFC 9293 §3.10.7.3',
    'A reset that acknowledges its SYN ends the attempt.',
    async c => {
      await c.dialled()
      c.send('R. 0:0(0) ack 1')
      await c.silence('it was refused', 4000)
    },
    { pace: 'normal' },
  ),
  unmoved(
    'dial-rst-without-ack',
    'RFC 9293 §3.10.7.3',
    'A reset that acknowledges nothing does not end the attempt.',
    'R 0:0(0)',
  ),
  unmoved(
    'dial-rst-wrong-ack',
    'RFC 9293 §3.10.7.3',
    'A reset that acknowledges another number does not end the attempt.',
    'R. 0:0(0) ack 4711',
  ),
  unmoved('dial-fin-dropped', 'RFC 9293 §3.10.7.4', 'A FIN before the handshake is dropped.', 'F 0:0(0)'),
  dialler(
    'dial-simultaneous-open',
    'MUST',
    'RFC 9293 §3.5 MUST-10',
    'Where both send a SYN at once, there is one connection.',
    async c => {
      await crossing(c)
      c.send('S. 0:0(0) ack 1 <mss 1460>')
      c.next = 1
      await c.exists('the connection is open')
    },
  ),
  dialler(
    'dial-crossing-rst',
    'MUST',
    'RFC 9293 §3.10.7.4',
    'Where both have sent a SYN, a reset of the number that it expects ends the attempt.',
    async c => {
      await crossing(c)
      c.send('R 1:1(0)')
      await c.gone('nothing is left of the attempt', 1)
    },
  ),
  dialler(
    'dial-text-queued',
    'SHOULD',
    'RFC 9293 §3.10.7.3',
    'Text that comes with our SYN,ACK is taken at once.',
    async c => {
      await c.dialled()
      c.send('SP. 0:8(8) ack 1 <mss 1460>')
      await c.acked(9, 'the text to be taken')
    },
  ),
  dialler(
    'dial-text-on-syn-ack',
    'habit',
    'RFC 9293 §3.10.7.3',
    'Text that comes with our SYN is taken, or comes again.',
    async c => {
      await c.dialled()
      c.send('SP. 0:8(8) ack 1 <mss 1460>')
      const answer = await c.eventually('.', 'the end of the handshake')
      given(answer.ack === 1 || answer.ack === 9, `it acknowledged ${answer.ack}`)
      c.next = 1
      c.send('P. 1:9(8)')
      await c.acked(9, 'the text to be taken')
    },
  ),
  soft(
    'dial-host-unreachable',
    'RFC 9293 §3.9.2.2 MUST-56',
    'It goes on trying when a router says that we cannot be reached.',
    'host unreachable',
  ),
  soft(
    'dial-time-exceeded',
    'RFC 9293 §3.9.2.2 MUST-56',
    'It goes on trying when a router says that its SYN took too long.',
    'time exceeded',
  ),
  dialler(
    'dial-port-unreachable',
    'SHOULD',
    'RFC 9293 §3.9.2.2 SHLD-26',
    'It gives up when it hears that there is no such port.',
    async c => {
      const syn = await c.dialled()
      c.icmp('port unreachable', syn.bytes)
      const after = await c.during(4000)
      if (after.length > 0) await givenIcmp(c)
      must(after.length === 0, 'it went on trying')
    },
    { pace: 'normal' },
  ),
  dialler(
    'dial-ports-unpredictable',
    'SHOULD',
    'RFC 6056 §3',
    'The ports that it connects from do not tell the next one.',
    async c => {
      const ports: number[] = []
      for (let n = 0; n < 6; n++) {
        const other = c.another()
        await other.dialled()
        ports.push(other.port)
      }
      const steps = new Set(ports.slice(1).map((port, i) => port - ports[i]!))
      must(steps.size > 1, `ports ${ports.join(', ')}`)
    },
  ),
  dialler(
    'dial-wscale-only-if-answered',
    'MUST',
    'RFC 7323 §2.2',
    'It does not scale its window where our SYN does not.',
    async c => {
      const syn = await c.dialled()
      const shift = optionOf(syn, 'wscale')?.value ?? 0
      given(shift > 0, 'it offers no scaling, or a shift of 0')
      c.send('S. 0:0(0) ack 1 <mss 1460>')
      const ack = await c.eventually('. ack 1', 'the end of the handshake')
      // The window of a SYN is never scaled (RFC 7323 §2.2).
      must(ack.window >= syn.window >> 1, `its window is ${ack.window} after ${syn.window}: it looks scaled`)
    },
  ),
]
