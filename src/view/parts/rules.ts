/** The rule behind each transition, told in our words; the page cites the section beside it. */
import type { State, StateEvent } from '../../tcp/state.ts'

const BOTH_CLOSED_RESET =
  'Both sides have closed, so a reset takes nothing from anybody. The control block goes.'
const BOTH_CLOSED_ABORT = 'Both sides have closed already: the control block goes without a reset.'

/** By event; by state and event where the states differ. */
const RULES = {
  'passive OPEN':
    'An application opens passively: a control block is made for the port, nothing is sent, and the connection waits for a SYN.',
  'active OPEN':
    'An application connects: the stack picks an initial sequence number (ISS), sends a SYN with it, and counts that SYN as one sequence number, so SND.NXT becomes ISS + 1.',
  'LISTEN SYN':
    'A SYN has come for a listening port. Its sequence number becomes IRS, the next one expected is IRS + 1, and our SYN,ACK leaves with an ISS of our own.',
  'SYN_SENT SYN':
    'The peer’s SYN has crossed ours: it does not acknowledge anything yet. Both sides answer with a SYN,ACK and wait for the acknowledgment of their own SYN.',
  'SYN,ACK':
    'The peer has acknowledged our SYN and sent its own. Both directions are agreed on, so we acknowledge its SYN and may send data at once.',
  'ack of SYN':
    'Our SYN is acknowledged: the acknowledgment lies above SND.UNA and not above SND.NXT. The window comes from this segment, and processing goes on as in ESTABLISHED.',
  'LISTEN CLOSE':
    'The application no longer listens. There is no peer to tell, so the control block simply goes.',
  'SYN_SENT CLOSE':
    'The application closes before the peer has answered. Nothing is established that a FIN could end: calls that wait are told of it, and the control block goes.',
  'SYN_RECEIVED CLOSE':
    'The application closes during the handshake. The FIN leaves at once if nothing is waiting to be sent; otherwise it waits until the connection is established and the data is out.',
  'ESTABLISHED CLOSE':
    'The application has nothing more to send. A FIN follows the last of its data; data may still arrive from the other side.',
  'CLOSE_WAIT CLOSE':
    'The peer closed before, now our application does too. Our FIN follows the last of its data, and only the acknowledgment of it is still missing.',
  'ESTABLISHED FIN':
    'The peer has closed its direction. Its FIN takes one sequence number and is acknowledged, readers see the end of the stream, and we may go on sending until our application closes as well.',
  'FIN_WAIT_1 FIN':
    'The peer’s FIN has come before it acknowledged ours: both sides closed at the same time. We acknowledge its FIN and still wait for the acknowledgment of ours.',
  'FIN, our FIN acked':
    'One segment brings the peer’s FIN and the acknowledgment of ours. Both directions are closed, so FIN-WAIT-2 is skipped and the 2MSL timer starts.',
  'FIN_WAIT_2 FIN':
    'The second direction is closed too. We acknowledge the FIN and hold the connection for 2MSL, in case this acknowledgment is lost or old segments are still on their way.',
  'FIN_WAIT_1 ack of FIN':
    'The peer has acknowledged our FIN. Our direction is closed; the other one stays open for as long as the peer has something to send.',
  'CLOSING ack of FIN':
    'Both FINs crossed, and now ours is acknowledged as well. The connection is held for 2MSL.',
  'LAST_ACK ack of FIN':
    'Our FIN was the last thing to be acknowledged, and it is. This side need not wait: the one that closed first holds TIME-WAIT.',
  '2MSL timeout':
    'Twice the maximum segment lifetime has passed. No segment of this connection can be in the network any more, so its port pair is free again.',
  'SYN reuses TIME_WAIT':
    'A new SYN for the same port pair may end TIME-WAIT early when its timestamp proves that it is newer than anything the old connection sent.',
  'SYN_SENT RST':
    'The reset acknowledges our SYN, so it is an answer to it: nobody listens there. A reset that does not acknowledge it could be anybody’s and is dropped.',
  'SYN_RECEIVED RST':
    'The connection was opened from here and is refused during the handshake. The application is told so, and the control block goes.',
  'RST after passive OPEN':
    'The peer gives up during the handshake. The listener has not been told of this connection yet, so it just goes on listening.',
  'SYN after passive OPEN':
    'The peer starts its handshake anew during the handshake. The listener has not been told of the old attempt, so it just goes on listening.',
  RST: 'The peer resets the connection. Everything queued in either direction is discarded, waiting calls fail, and the application hears that the connection was reset.',
  'CLOSING RST': BOTH_CLOSED_RESET,
  'LAST_ACK RST': BOTH_CLOSED_RESET,
  ABORT:
    'The application gives the connection up. The peer is told by a reset, and everything queued in either direction is discarded.',
  'LISTEN ABORT':
    'The listener is given up. There is no peer to tell, so calls that wait fail and the control block goes.',
  'SYN_SENT ABORT':
    'The attempt to connect is given up before an answer. Whatever was queued is discarded, and no reset is needed.',
  'CLOSING ABORT': BOTH_CLOSED_ABORT,
  'LAST_ACK ABORT': BOTH_CLOSED_ABORT,
  'TIME_WAIT ABORT': BOTH_CLOSED_ABORT,
  'retransmission timeout':
    'The same segment has been sent again and again without an answer, until the threshold R2. The connection is closed.',
  'user timeout':
    'Data has stayed unacknowledged for longer than the application allows. Everything queued is discarded, and waiting calls fail with a timeout.',
  'FIN_WAIT_2 timeout':
    'RFC 9293 lets FIN-WAIT-2 last for ever, which suits an application that only half-closed. One that has closed completely cannot read what comes, so the connection ends after a while, as with Linux’s tcp_fin_timeout.',
  'keep-alive timeout':
    'An idle connection may be probed. One probe without an answer must not be taken for a dead connection; several in a row are.',
  'ICMP error':
    'A hard error, such as an unreachable protocol or port, ends a connection that is only being opened. ICMP is no reason to end one that is established.',
} as const

export type RuleName = keyof typeof RULES

const isRule = (name: string): name is RuleName => Object.hasOwn(RULES, name)

/**
 * The rule by which an event in a state leads to the next one; '' where there is none.
 * @param others the rules in another language
 */
export const ruleOf = (
  from: State,
  event: StateEvent,
  others: Readonly<Partial<Record<RuleName, string>>> = {},
): string => {
  const name = [`${from} ${event}`, event].find(isRule)
  return name === undefined ? '' : (others[name] ?? RULES[name])
}
