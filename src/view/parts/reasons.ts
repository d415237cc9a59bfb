/** The reason of a segment in words, with the section that has it sent. */
import type { SendReason } from '../../tcp/block/events.ts'

export interface Why {
  readonly says: string
  readonly section: string
}

export const REASONS: Readonly<Record<SendReason, Why>> = {
  SYN: {
    says: 'Asks for a connection, and tells the initial sequence number of this side.',
    section: 'RFC 9293 §3.5',
  },
  'SYN,ACK': {
    says: 'Takes the connection: acknowledges the SYN of the peer, and brings our own.',
    section: 'RFC 9293 §3.5',
  },
  'SYN retransmission': {
    says: 'Nobody has answered the SYN in time. The same again; the next wait is twice as long.',
    section: 'RFC 6298 §5',
  },
  'SYN,ACK again': {
    says: 'The peer has sent its SYN again, so our answer seems to be lost.',
    section: 'RFC 9293 §3.10.7.4',
  },
  'SYN cookie': {
    says: 'The queue of half-open connections is full: nothing is kept of this one, its sequence number is a cookie.',
    section: 'RFC 4987 §3.6',
  },
  'ack of SYN': {
    says: 'The third segment of the handshake: both sides know now that the other one hears them.',
    section: 'RFC 9293 §3.5',
  },
  data: {
    says: 'Text of the application that both windows have room for: the peer’s, and the congestion window.',
    section: 'RFC 9293 §3.8',
  },
  FIN: {
    says: 'The application has closed, and this is the end of what it has to say. It takes one sequence number.',
    section: 'RFC 9293 §3.6',
  },
  'retransmission timeout': {
    says: 'No acknowledgment came within the retransmission timeout: the oldest segment once more, and the timeout doubles.',
    section: 'RFC 6298 §5',
  },
  'after timeout': {
    says: 'After a timeout all that was out counts as lost; it goes out again as the congestion window grows.',
    section: 'RFC 5681 §3.1',
  },
  'third duplicate ACK': {
    says: 'Three acknowledgments of the same byte: the segment after it is lost, and others have come.',
    section: 'RFC 5681 §3.2',
  },
  'partial ACK': {
    says: 'The acknowledgment covers only a part of what was out: the next gap is filled.',
    section: 'RFC 6582 §3.2',
  },
  lost: {
    says: 'Segments that were sent after it have come, it has not: it is lost, and sent again.',
    section: 'RFC 8985 §6',
  },
  rescue: {
    says: 'Nothing else may be sent in this recovery: the last segment again, so that it does not end in a timeout.',
    section: 'RFC 6675 §4',
  },
  'tail loss probe': {
    says: 'The last segment of a flight has no successor to reveal its loss, so it is sent once more before the timeout.',
    section: 'RFC 8985 §7',
  },
  smaller: {
    says: 'The path carries smaller packets than was thought: the text again, in smaller pieces.',
    section: 'RFC 1191 §3',
  },
  'path MTU probe': {
    says: 'A larger packet than those before, to find out whether the path carries it.',
    section: 'RFC 4821 §7',
  },
  'zero-window probe': {
    says: 'The window of the peer is shut: one byte finds out whether it has opened, in case the update was lost.',
    section: 'RFC 9293 §3.8.6.1',
  },
  'keep-alive': {
    says: 'Nothing has come for long. An old byte again, which the peer must acknowledge if it is still there.',
    section: 'RFC 9293 §3.8.4',
  },
  ACK: {
    says: 'Acknowledges text at once: every second full segment, or one out of order.',
    section: 'RFC 5681 §4.2',
  },
  'delayed ACK': {
    says: 'Nothing has come along to carry the acknowledgment until the delay was over.',
    section: 'RFC 9293 §3.8.6.3',
  },
  'ack of FIN': {
    says: 'Acknowledges the end of what the peer has to say.',
    section: 'RFC 9293 §3.10.7.4',
  },
  'duplicate ACK': {
    says: 'A segment came out of order: the same acknowledgment again tells the peer of the gap.',
    section: 'RFC 5681 §4.2',
  },
  'window update': {
    says: 'The application has read: there is room again, and the peer is told.',
    section: 'RFC 9293 §3.8.6.2',
  },
  'challenge ACK': {
    says: 'A segment came that could be forged. If the peer means it, its answer to this will fit exactly.',
    section: 'RFC 5961 §3',
  },
  reset: {
    says: 'There is no such connection, or its application has given it up.',
    section: 'RFC 9293 §3.5.2',
  },
}
