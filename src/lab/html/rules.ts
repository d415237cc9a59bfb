/** What RFC 9293 says where a transition is decided, in its own words. */
import type { State, StateEvent } from '../../tcp/state.ts'

/** By event; where the states have a text each, by state and event. */
const RULES: Readonly<Record<string, string>> = {
  'passive OPEN':
    'Create a new transmission control block (TCB) to hold connection state information. Fill in local socket identifier, remote socket, Diffserv field, security/compartment, and user timeout information. … If passive, enter the LISTEN state and return.',
  'active OPEN':
    '… if active and the remote socket is specified, issue a SYN segment. An initial send sequence number (ISS) is selected. A SYN segment of the form <SEQ=ISS><CTL=SYN> is sent. Set SND.UNA to ISS, SND.NXT to ISS+1, enter SYN-SENT state, and return.',
  'LISTEN SYN':
    'Set RCV.NXT to SEG.SEQ+1, IRS is set to SEG.SEQ … ISS should be selected and a SYN segment sent of the form: <SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK>. SND.NXT is set to ISS+1 and SND.UNA to ISS. The connection state should be changed to SYN-RECEIVED.',
  'SYN_SENT SYN':
    'Otherwise, enter SYN-RECEIVED, form a SYN,ACK segment <SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK> and send it.',
  'SYN,ACK':
    'If SND.UNA > ISS (our SYN has been ACKed), change the connection state to ESTABLISHED, form an ACK segment <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK> and send it.',
  'ack of SYN':
    'If SND.UNA < SEG.ACK =< SND.NXT, then enter ESTABLISHED state and continue processing with the variables below set to: SND.WND <- SEG.WND, SND.WL1 <- SEG.SEQ, SND.WL2 <- SEG.ACK.',
  'LISTEN CLOSE':
    'Any outstanding RECEIVEs are returned with "error: closing" responses. Delete TCB, enter CLOSED state, and return.',
  'SYN_SENT CLOSE': 'Delete the TCB and return "error: closing" responses to any queued SENDs, or RECEIVEs.',
  'SYN_RECEIVED CLOSE':
    'If no SENDs have been issued and there is no pending data to send, then form a FIN segment and send it, and enter FIN-WAIT-1 state; otherwise, queue for processing after entering ESTABLISHED state.',
  'ESTABLISHED CLOSE':
    'Queue this until all preceding SENDs have been segmentized, then form a FIN segment and send it. In any case, enter FIN-WAIT-1 state.',
  'CLOSE_WAIT CLOSE':
    'Queue this request until all preceding SENDs have been segmentized; then send a FIN segment, enter LAST-ACK state.',
  'ESTABLISHED FIN':
    'If the FIN bit is set, signal the user "connection closing" and return any pending RECEIVEs with same message, advance RCV.NXT over the FIN, and send an acknowledgment for the FIN. … ESTABLISHED STATE: Enter the CLOSE-WAIT state.',
  'FIN_WAIT_1 FIN':
    'If our FIN has been ACKed (perhaps in this segment), then enter TIME-WAIT, start the time-wait timer, turn off the other timers; otherwise, enter the CLOSING state.',
  'FIN, our FIN acked':
    'If our FIN has been ACKed (perhaps in this segment), then enter TIME-WAIT, start the time-wait timer, turn off the other timers; otherwise, enter the CLOSING state.',
  'FIN_WAIT_2 FIN': 'Enter the TIME-WAIT state. Start the time-wait timer, turn off the other timers.',
  'FIN_WAIT_1 ack of FIN':
    'In addition to the processing for the ESTABLISHED state, if the FIN segment is now acknowledged, then enter FIN-WAIT-2 and continue processing in that state.',
  'CLOSING ack of FIN':
    'In addition to the processing for the ESTABLISHED state, if the ACK acknowledges our FIN, then enter the TIME-WAIT state; otherwise, ignore the segment.',
  'LAST_ACK ack of FIN':
    'The only thing that can arrive in this state is an acknowledgment of our FIN. If our FIN is now acknowledged, delete the TCB, enter the CLOSED state, and return.',
  '2MSL timeout':
    'If the time-wait timeout expires on a connection, delete the TCB, enter the CLOSED state, and return.',
  'SYN reuses TIME_WAIT':
    'For the TIME-WAIT state, new connections can be accepted if the Timestamp Option is used and meets expectations (per RFC 6191).',
  'SYN_SENT RST':
    'If the ACK was acceptable, then signal to the user "error: connection reset", drop the segment, enter CLOSED state, delete TCB, and return. Otherwise (no ACK), drop the segment and return.',
  'SYN_RECEIVED RST':
    'If this connection was initiated with an active OPEN (i.e., came from SYN-SENT state), then the connection was refused; signal the user "connection refused". … enter the CLOSED state and delete the TCB, and return.',
  'RST after passive OPEN':
    'If this connection was initiated with a passive OPEN (i.e., came from the LISTEN state), then return this connection to LISTEN state and return. The user need not be informed.',
  'SYN after passive OPEN':
    'If the connection was initiated with a passive OPEN, then return this connection to the LISTEN state and return.',
  RST: 'If the RST bit is set, then any outstanding RECEIVEs and SEND should receive "reset" responses. All segment queues should be flushed. Users should also receive an unsolicited general "connection reset" signal. Enter the CLOSED state, delete the TCB, and return.',
  'CLOSING RST': 'If the RST bit is set, then enter the CLOSED state, delete the TCB, and return.',
  'LAST_ACK RST': 'If the RST bit is set, then enter the CLOSED state, delete the TCB, and return.',
  ABORT:
    'Send a reset segment: <SEQ=SND.NXT><CTL=RST>. All queued SENDs and RECEIVEs should be given "connection reset" notification; all segments queued for transmission (except for the RST formed above) or retransmission should be flushed. Delete the TCB, enter CLOSED state, and return.',
  'LISTEN ABORT':
    'Any outstanding RECEIVEs should be returned with "error: connection reset" responses. Delete TCB, enter CLOSED state, and return.',
  'SYN_SENT ABORT':
    'All queued SENDs and RECEIVEs should be given "connection reset" notification. Delete the TCB, enter CLOSED state, and return.',
  'CLOSING ABORT': 'Respond with "ok" and delete the TCB, enter CLOSED state, and return.',
  'LAST_ACK ABORT': 'Respond with "ok" and delete the TCB, enter CLOSED state, and return.',
  'TIME_WAIT ABORT': 'Respond with "ok" and delete the TCB, enter CLOSED state, and return.',
  'retransmission timeout':
    'When the number of transmissions of the same segment reaches a threshold R2 greater than R1, close the connection.',
  'user timeout':
    'For any state if the user timeout expires, flush all queues, signal the user "error: connection aborted due to user timeout" in general and for any outstanding calls, delete the TCB, enter the CLOSED state, and return.',
}

/** What the RFC does not say in a sentence of its own. */
const OURS: Readonly<Record<string, string>> = {
  'FIN_WAIT_2 timeout':
    'Not the RFC’s: it lets FIN-WAIT-2 last for ever. §3.6.1 allows for half-closed applications only; Linux lets go of a connection that its application has closed completely after tcp_fin_timeout, and so do we.',
  'keep-alive timeout':
    'Not a transition of the RFC’s: §3.8.4 lets an implementation probe an idle connection, and warns that a probe without an answer must not be taken for a dead connection; several in a row are.',
  'ICMP error':
    'Hard errors such as an unreachable protocol or port abort a connection that is only just being opened; ICMP is no reason to end one that is established.',
}

export interface Rule {
  readonly text: string
  /** Whether these are the RFC's own words. */
  readonly quoted: boolean
}

/** What decides that an event in a state leads to the next one. */
export const ruleOf = (from: State, event: StateEvent): Rule => {
  const ours = OURS[event]
  if (ours !== undefined) return { text: ours, quoted: false }
  return { text: RULES[`${from} ${event}`] ?? RULES[event] ?? '', quoted: true }
}
