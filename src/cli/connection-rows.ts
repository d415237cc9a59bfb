/** The rows of many connections as text, a part at a time: between two parts packets have their turn. */
import { setImmediate } from 'node:timers/promises'
import type { ConnectionStatus } from '../tcp/status.ts'
import { toRow } from './control-protocol.ts'

/** Parts of a list; none is longer than `most`. */
export function* partsOf<T>(list: readonly T[], most = 200): Generator<readonly T[], void, undefined> {
  for (let from = 0; from < list.length; from += most) yield list.slice(from, from + most)
}

/** A list of JSON, in pieces. */
export async function* rowsAsJson(
  parts: Iterable<readonly ConnectionStatus[]>,
): AsyncGenerator<string, void, undefined> {
  let before = '['
  for (const rows of parts) {
    if (rows.length === 0) continue
    yield before + rows.map(row => JSON.stringify(toRow(row))).join(',')
    before = ','
    await setImmediate()
  }
  yield before === '[' ? '[]' : ']'
}
