/** One event of the stream as a line of JSON: all of it, packets to the last byte. */
import { toBase64 } from '../../base/base64.ts'
import type { ConnectionId, TraceEvent } from '../../tcp/block/events.ts'
import type { PacketBatch } from '../../wire/batch.ts'
import type { Segment } from '../../wire/tcp.ts'
import { connectionName } from '../transition-text.ts'

const packetText = (batch: PacketBatch, index: number): string => {
  const bytes = new Uint8Array(batch.packetLength(index))
  batch.copy(index, bytes)
  return toBase64(bytes)
}

const segmentFields = ({ seq, ack, flags, window, length }: Segment): object => ({
  seq: seq >>> 0,
  ack: ack >>> 0,
  flags,
  window,
  length,
})

/** The same event gives the same line, whenever and wherever it happens. */
export const eventLine = (end: string, e: TraceEvent): string => {
  const line: Record<string, unknown> = { end, type: e.type }
  for (const [key, value] of Object.entries(e)) {
    if (key === 'connection') line.connection = connectionName(value as ConnectionId)
    else if (key === 'segment') Object.assign(line, segmentFields(value as Segment))
    else if (key === 'batch') line.bytes = packetText(value as PacketBatch, (e as { index: number }).index)
    else if (key === 'seq' || key === 'ack') line[key] = (value as number) >>> 0
    else if (key !== 'index' && key !== 'type') line[key] = value
  }
  return JSON.stringify(line)
}
