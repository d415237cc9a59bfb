/** Segments that every state must cope with: each of them in each state that a peer can bring about. */
import { ACK, RST } from '../../wire/tcp.ts'
import { type Check, Differs, given, type Level, type Trace, topic } from '../check.ts'
import type { Conversation } from '../conversation.ts'
import { describe } from '../heard.ts'
import {
  CLOSE_WAIT,
  CLOSING,
  ESTABLISHED,
  FIN_WAIT_1,
  FIN_WAIT_2,
  LAST_ACK,
  type ReachableState,
  SYN_RECEIVED,
  SYNCHRONIZED,
  TIME_WAIT,
  unlessStateless,
} from './states.ts'

/** A segment, and how it must be met. The states are those where the rule stands. */
interface Probe {
  readonly id: string
  readonly level: Level
  readonly section: string
  /** Ends the sentence 'In STATE …'. */
  readonly rule: string
  readonly states: readonly ReachableState[]
  run(c: Conversation): Promise<void>
}

/** Beyond any window that a peer has who did not ask for scaling. */
const FAR = 200_000

const BEFORE_TIME_WAIT = SYNCHRONIZED.filter(state => state !== TIME_WAIT)

/** A number in its window, but not the one that it expects. @throws CannotTell where the window has no other */
export const inWindow = (c: Conversation): number => {
  given(c.room > 1, 'its window has room for a byte at most')
  return c.next + Math.min(100, c.room - 1)
}

/** A segment without text at this number is met by an acknowledgment of what it expects, and the connection stays. */
const challenged = async (c: Conversation, segment: string): Promise<void> => {
  c.send(segment)
  await c.eventually(`. ack ${c.next}`, 'a challenge')
  await c.exists()
}

const resetExactly = async (c: Conversation, ack?: number): Promise<void> => {
  c.send(`R ${c.next}:${c.next}(0)`)
  await c.unanswered('a reset is not answered')
  await c.gone('nothing is left of the connection', ack)
}

const probes: readonly Probe[] = [
  {
    id: 'old-segment',
    level: 'MUST',
    section: 'RFC 9293 §3.10.7.4',
    rule: 'it answers a segment left of its window by an acknowledgment',
    states: [SYN_RECEIVED, ...SYNCHRONIZED],
    async run(c) {
      c.send(`. ${c.next - 1}:${c.next - 1}(0)`)
      await c.eventually(`. ack ${c.next}`, 'an acknowledgment of what it expects')
    },
  },
  {
    id: 'segment-beyond-window',
    level: 'MUST',
    section: 'RFC 9293 §3.10.7.4',
    rule: 'it answers a segment right of its window by an acknowledgment',
    states: [SYN_RECEIVED, ...SYNCHRONIZED],
    async run(c) {
      c.send(`P. ${c.next + FAR}:${c.next + FAR + 4}(4)`, { beyond: true })
      await c.eventually(`. ack ${c.next}`, 'an acknowledgment of what it expects')
    },
  },
  {
    id: 'rst-exact',
    level: 'MUST',
    section: 'RFC 9293 §3.10.7.4',
    rule: 'a reset of exactly the number that it expects ends the connection',
    states: [SYN_RECEIVED],
    // Half open, it resets the acknowledgment of another number in any case.
    run: c => resetExactly(c, c.rcv),
  },
  {
    id: 'rst-exact',
    level: 'MUST',
    section: 'RFC 9293 §3.10.7.4',
    rule: 'a reset of exactly the number that it expects ends the connection',
    states: BEFORE_TIME_WAIT,
    run: c => resetExactly(c),
  },
  {
    id: 'rst-exact',
    level: 'habit',
    section: 'RFC 9293 §3.10.7.4; RFC 1337 §3 would have it ignored',
    rule: 'a reset of exactly the number that it expects ends the wait',
    states: [TIME_WAIT],
    run: c => resetExactly(c),
  },
  {
    id: 'rst-in-window',
    level: 'SHOULD',
    section: 'RFC 5961 §3.2',
    rule: 'it meets a reset of another number in the window with a challenge, and stays',
    states: [SYN_RECEIVED, ...BEFORE_TIME_WAIT],
    run: c => challenged(c, `R ${inWindow(c)}:${inWindow(c)}(0)`),
  },
  {
    id: 'rst-in-window',
    level: 'SHOULD',
    section: 'RFC 5961 §3.2; RFC 1337 §3',
    rule: 'a reset of another number in the window does not end the wait',
    states: [TIME_WAIT],
    async run(c) {
      c.send(`R ${inWindow(c)}:${inWindow(c)}(0)`)
      await c.exists()
    },
  },
  {
    id: 'rst-outside-window',
    level: 'MUST',
    section: 'RFC 5961 §3.2',
    rule: 'it drops a reset outside of the window without a word',
    states: [SYN_RECEIVED, ...SYNCHRONIZED],
    async run(c) {
      c.send(`R ${c.next + FAR}:${c.next + FAR}(0)`)
      await c.unanswered('a reset outside of the window is dropped')
      await c.exists()
    },
  },
  {
    id: 'syn-in-window',
    level: 'SHOULD',
    section: 'RFC 5961 §4.2',
    rule: 'it meets a SYN in the window with a challenge, and stays',
    states: BEFORE_TIME_WAIT,
    run: c => challenged(c, `S ${inWindow(c)}:${inWindow(c)}(0)`),
  },
  {
    id: 'syn-outside-window',
    level: 'MUST',
    section: 'RFC 9293 §3.10.7.4; RFC 5961 §4.2',
    rule: 'it meets a SYN left of the window with a challenge, and stays',
    states: SYNCHRONIZED,
    run: c => challenged(c, `S ${c.next - 1000}:${c.next - 1000}(0)`),
  },
  {
    id: 'no-ack-flag',
    level: 'MUST',
    section: 'RFC 9293 §3.10.7.4',
    rule: 'it drops a segment without an acknowledgment',
    states: [SYN_RECEIVED, ...SYNCHRONIZED],
    async run(c) {
      const from = c.next
      c.send(`P ${from}:${from + 4}(4)`)
      c.next = from
      await c.unanswered('text without an acknowledgment is dropped')
      await c.exists()
    },
  },
  {
    id: 'ack-of-unsent',
    level: 'MUST',
    section: 'RFC 9293 §3.10.7.4',
    rule: 'it answers an acknowledgment of what it never sent by one of its own',
    states: BEFORE_TIME_WAIT,
    run: c => challenged(c, `. ack ${c.rcv + FAR}`),
  },
  {
    id: 'ack-too-old',
    level: 'habit',
    section: 'RFC 5961 §5.2; RFC 9293 §3.10.7.4 MAY-12',
    rule: 'it answers an acknowledgment that is older than any window by one of its own',
    states: BEFORE_TIME_WAIT,
    run: c => challenged(c, `. ack ${c.rcv - FAR}`),
  },
  {
    id: 'text-taken',
    level: 'MUST',
    section: 'RFC 9293 §3.10.7.4',
    rule: 'it takes text',
    states: [ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2],
    async run(c) {
      const from = c.next
      c.send(`P. ${from}:${from + 100}(100)`)
      await c.acked(from + 100, 'the text to be taken')
    },
  },
  {
    id: 'text-after-fin',
    level: 'MUST',
    section: 'RFC 9293 §3.10.7.4',
    rule: 'it takes no text behind our FIN',
    states: [CLOSE_WAIT, LAST_ACK, CLOSING, TIME_WAIT],
    async run(c) {
      const end = c.next
      c.send(`P. ${end}:${end + 4}(4)`)
      for (const heard of await c.during(500))
        if (!(heard.flags & RST) && heard.flags & ACK && heard.ack > end)
          throw new Differs(`it acknowledged text behind our FIN: ${describe(heard)}`)
    },
  },
  {
    id: 'fin-again',
    level: 'MUST',
    section: 'RFC 9293 §3.10.7.4',
    rule: 'it acknowledges our FIN again when it comes again',
    states: [CLOSE_WAIT, LAST_ACK, CLOSING, TIME_WAIT],
    async run(c) {
      const fin = c.next - 1
      await c.wait(600)
      c.skip()
      c.send(`F. ${fin}:${fin}(0)`)
      await c.eventually(`. ack ${c.next}`, 'an acknowledgment of the FIN')
    },
  },
]

const always = (run: Trace): Trace => run

const named = (state: ReachableState): string => state.name.toLowerCase()

export const IN_EVERY_STATE: readonly Check[] = probes.flatMap(probe =>
  probe.states.map(state => ({
    id: `${probe.id}-in-${named(state)}`,
    level: probe.level,
    section: probe.section,
    rule: `In ${state.name}, ${probe.rule}.`,
    needs: state.needs,
    run: (state === SYN_RECEIVED ? unlessStateless : always)(async (c: Conversation) => {
      await state.reach(c)
      await probe.run(c)
    }),
  })),
)

/** A SYN where a passive open is half done, which may go back to LISTEN or stay (RFC 9293 §3.10.7.4). */
const synWhileHalfOpen = async (c: Conversation): Promise<void> => {
  await SYN_RECEIVED.reach(c)
  c.send('S 100:100(0) <mss 1460>')
  await c.during(300)
}

const reader = topic('reads')

export const SYN_WHILE_HALF_OPEN: readonly Check[] = [
  reader(
    'syn-in-window-in-syn-received',
    'MUST',
    'RFC 9293 §3.10.7.4',
    'In SYN-RECEIVED, a SYN in the window is either challenged or has the open begin anew; it does not stop others.',
    async c => {
      await synWhileHalfOpen(c)
      const other = c.another()
      await other.open()
      await other.alive('another connection opens')
    },
  ),
  reader(
    'syn-in-window-ends-syn-received',
    'habit',
    'RFC 9293 §3.10.7.4',
    'In SYN-RECEIVED, a SYN of another number in the window ends the handshake that was begun.',
    unlessStateless(async c => {
      await synWhileHalfOpen(c)
      await c.gone('the handshake is over', c.rcv)
    }),
  ),
]
