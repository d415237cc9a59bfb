/** The states of the examined that a peer can bring about, and how. */
import { FIN, RST } from '../../wire/tcp.ts'
import { CannotTell, Differs, given, type Need, type Trace } from '../check.ts'
import type { Conversation } from '../conversation.ts'

/** A state, and the trace that leads there. */
export interface ReachableState {
  readonly name: string
  readonly needs: Need
  reach(c: Conversation): Promise<void>
}

/** Opens, and acknowledges what the examined says until its FIN, which is not acknowledged. */
const theirFin = async (c: Conversation, options?: string): Promise<void> => {
  await c.open(options)
  for (;;) {
    const heard = await c.hear()
    given(heard !== null, 'it was to close first, but no FIN came')
    c.take(heard.end)
    if (heard.flags & FIN) return
  }
}

const ackOfTheirFin = (c: Conversation): void => c.take(c.rcv + 1)

export const SYN_RECEIVED: ReachableState = {
  name: 'SYN-RECEIVED',
  needs: 'any',
  async reach(c) {
    c.send('S 0:0(0) <mss 1460>')
    const answer = await c.hear()
    given(answer !== null && answer.ack === 1, 'its answer to the SYN did not come')
  },
}

export const ESTABLISHED: ReachableState = {
  name: 'ESTABLISHED',
  needs: 'reads',
  async reach(c) {
    await c.open()
  },
}

export const CLOSE_WAIT: ReachableState = {
  name: 'CLOSE-WAIT',
  needs: 'deaf',
  async reach(c) {
    await c.open()
    c.send('F.')
    await c.acked(2, 'our FIN to be acknowledged')
  },
}

export const LAST_ACK: ReachableState = {
  name: 'LAST-ACK',
  needs: 'reads',
  async reach(c) {
    await c.open()
    c.send('F.')
    for (;;) {
      const heard = await c.hear(2000)
      given(heard !== null, 'no FIN came in answer to ours')
      // Text before it is acknowledged, the FIN is not.
      if (heard.length > 0) c.take(heard.end)
      else c.rcv = heard.end
      if (heard.flags & FIN) return
    }
  },
}

export const FIN_WAIT_1: ReachableState = { name: 'FIN-WAIT-1', needs: 'closes', reach: theirFin }

export const FIN_WAIT_2: ReachableState = {
  name: 'FIN-WAIT-2',
  needs: 'closes',
  async reach(c) {
    await theirFin(c)
    ackOfTheirFin(c)
  },
}

export const CLOSING: ReachableState = {
  name: 'CLOSING',
  needs: 'closes',
  async reach(c) {
    await theirFin(c)
    c.send('F.')
    await c.acked(2, 'our FIN to be acknowledged')
  },
}

/** The way to TIME-WAIT. @param options those of our SYN, where it is not to be a plain one */
export const timeWait = async (c: Conversation, options?: string): Promise<void> => {
  await theirFin(c, options)
  ackOfTheirFin(c)
  c.send('F.')
  await c.acked(2, 'our FIN to be acknowledged')
}

export const TIME_WAIT: ReachableState = { name: 'TIME-WAIT', needs: 'closes', reach: timeWait }

/** Those in which the handshake is done. */
export const SYNCHRONIZED: readonly ReachableState[] = [
  ESTABLISHED,
  CLOSE_WAIT,
  LAST_ACK,
  FIN_WAIT_1,
  FIN_WAIT_2,
  CLOSING,
  TIME_WAIT,
]

/** The time within which a SYN,ACK that is not answered comes again, ms. */
const COMES_AGAIN = 5000

/** It keeps nothing of a handshake that is half done: a reset does not end it, and its SYN,ACK never comes again. */
const isStateless = async (c: Conversation): Promise<boolean> => {
  const reset = c.another()
  await SYN_RECEIVED.reach(reset)
  reset.send('R 1:1(0)')
  await reset.wait(50)
  reset.send('.')
  const answer = await reset.hear(300)
  if (answer !== null && answer.flags & RST) return false
  const left = c.another()
  await SYN_RECEIVED.reach(left)
  return (await left.hear(COMES_AGAIN)) === null
}

/** A trace of a handshake that is half done: SYN cookies are no fault (RFC 4987 §3.6), but nothing can be told of it then. */
export const unlessStateless =
  (run: Trace): Trace =>
  async c => {
    try {
      await run(c)
    } catch (error) {
      if (error instanceof Differs && (await isStateless(c)))
        throw new CannotTell('it keeps nothing of a handshake that is half done: it has SYN cookies')
      throw error
    }
  }
