/**
 * The amount that a Linux socket takes to send: its buffer counts the memory of its packets (truesize), is looked at
 * only where a new packet begins, and once it was full a third of it must be free before a writer is woken
 * (sk_stream_is_writeable()).
 */
import type { ConnectionView as Connection } from '../tcp/block/connection-view.ts'
import { fewUnsent, mostUnsent, unsent } from '../tcp/queues/send-buffer.ts'

/** Memory that a packet takes beside its text, bytes: SKB_TRUESIZE(MAX_TCP_HEADER). */
const OVERHEAD = 1280

/** sk_gso_max_size less the headers */
const LARGEST = 65_535 - 320

/** tcp_xmit_size_goal(): how much text one packet of the queue collects. */
const packetGoal = (c: Connection): number => {
  const mss = Math.max(1, c.snd.mss)
  const half = c.snd.maxWnd > 536 ? c.snd.maxWnd >> 1 : c.snd.maxWnd
  const most = Math.min(LARGEST, half || mss)
  return Math.max(mss, most - (most % mss))
}

/** sk_wmem_queued, as far as it can be told from what is queued. */
const queuedMemory = (c: Connection): number => {
  const packets = Math.ceil(unsent(c) / packetGoal(c)) + c.flight.size
  return c.sendQueue.length + packets * OVERHEAD
}

/** Returns whether a writer that has found it full would be woken. */
export const isWritable = (c: Connection, buffer: number): boolean =>
  queuedMemory(c) * 3 <= buffer * 2 && fewUnsent(c)

/**
 * Bytes of text that it takes now. The last packet is filled, so the buffer may be passed by as much, and so may be what
 * may wait to be sent (notSentLowWater).
 */
export const linuxSendSpace = (c: Connection, buffer: number): number => {
  const goal = packetGoal(c)
  const waiting = unsent(c)
  const windows = Math.min(c.congestion.cwnd - c.flight.underWay, c.snd.wnd - c.inFlight)
  // Text that leaves at once makes room in the packet that is being filled.
  const leaves = Math.max(0, windows - (windows % Math.max(1, c.snd.mss)) - waiting)
  const rest = waiting > 0 ? (goal - (waiting % goal)) % goal : 0
  const memory = queuedMemory(c)
  const mayWait = mostUnsent(c)
  // The text that was waiting goes first of what leaves.
  const behind = leaves > 0 ? 0 : waiting + rest
  if (memory >= buffer || behind >= mayWait) return rest
  const free = buffer - memory - leaves - (leaves > 0 ? 2 * OVERHEAD : 0)
  const packets = Math.max(
    0,
    Math.min(Math.ceil(free / (goal + OVERHEAD)), Math.ceil((mayWait - behind) / goal)),
  )
  return Math.max(goal, leaves + Math.max(rest, packets * goal))
}
