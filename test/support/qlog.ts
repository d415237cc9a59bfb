/** A reader of qlog files that knows nothing of the writer: RFC 7464, and the schema that docs/qlog.md describes. */
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'

const schema = JSON.parse(
  readFileSync(new URL('../../../docs/qlog.schema.json', import.meta.url), 'utf8'),
) as object

const validate = new Ajv().compile(schema)

/** The first record. */
export interface QlogHead {
  readonly title: string
  // biome-ignore lint/suspicious/noExplicitAny: the schema says what it is
  readonly trace: any
}

/** An event. */
export interface QlogRecord {
  readonly time: number
  readonly name: string
  readonly group_id: string
  // biome-ignore lint/suspicious/noExplicitAny: the schema says what it is
  readonly data: any
}

/** The header and the events of a file. @throws Error unless all of its records are whole and of the schema, in the order of time */
export const readQlog = (text: string): { readonly header: QlogHead; readonly events: QlogRecord[] } => {
  if (!text.startsWith('\x1e') || !text.endsWith('\n')) throw new Error('it is no whole JSON text sequence')
  const records = text
    .slice(1)
    .split('\x1e')
    .map(record => {
      if (!record.endsWith('\n')) throw new Error(`a record is cut off: ${record}`)
      const value = JSON.parse(record) as QlogRecord
      if (!validate(value))
        throw new Error(
          `${record}: ${validate.errors!.map(e => `${e.instancePath} ${e.message}`).join('; ')}`,
        )
      return value
    })
  const [header, ...events] = records as [object, ...QlogRecord[]]
  if (!('file_schema' in header)) throw new Error('it does not begin with a header')
  for (const [i, { time }] of events.entries())
    if (i > 0 && time < events[i - 1]!.time) throw new Error(`event ${i} is before the one before`)
  return { header: header as unknown as QlogHead, events }
}
