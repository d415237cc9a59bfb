import type { TraceEvent, TraceSink } from '../tcp/block/events.ts'

/**
 * One sink for several readers. A reader that throws is left out from then on and `report` told: a broken log must
 * harm neither the stack nor the other readers.
 */
export const combine = (
  readers: readonly (TraceSink | null)[],
  report: (error: unknown) => void = error => console.error('a reader of the event stream failed:', error),
): TraceSink | null => {
  let live = readers.filter(reader => reader !== null)
  if (live.length === 0) return null
  const sink = (event: TraceEvent): void => {
    for (const reader of live) {
      try {
        reader(event)
      } catch (error) {
        live = live.filter(other => other !== reader)
        report(error)
      }
    }
  }
  return Object.assign(sink, { ofConnections: live.every(reader => reader.ofConnections === true) })
}
