/** The difference of two events of a stream. */
import { fromBase64 } from '../../base/base64.ts'

/** The first event that is not as it was. */
export interface ReplayDifference {
  /** From 1. */
  readonly number: number
  /** Null when there was none. */
  readonly recorded: string | null
  /** Null when there is none. */
  readonly replayed: string | null
}

/** The fields in which two events differ: `"flags":16 was "flags":17`; where one is missing, the other. */
export const differenceText = ({ number, recorded, replayed }: ReplayDifference): string => {
  if (recorded === null) return `event ${number} was not there: ${shown(replayed!)}`
  if (replayed === null) return `event ${number} is missing: ${shown(recorded)}`
  const [was, is] = [fieldsOf(recorded), fieldsOf(replayed)]
  const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter(
    key => JSON.stringify(was[key]) !== JSON.stringify(is[key]),
  )
  const fields = keys.map(key =>
    key === 'bytes'
      ? bytesText(was.bytes, is.bytes)
      : `${key}: was ${JSON.stringify(was[key])}, is ${JSON.stringify(is[key])}`,
  )
  return `event ${number} differs (${fields.join('; ') || 'in the order of its fields'})\n  was ${shown(recorded)}\n  is  ${shown(replayed)}`
}

/** A host's recording has its events among other entries: lists of `E` and the event. */
const fieldsOf = (line: string): Record<string, unknown> => {
  const value: unknown = JSON.parse(line)
  // The recording may have been made up.
  return Object(Array.isArray(value) && value[0] === 'E' ? value[1] : value) as Record<string, unknown>
}

const bytesText = (was: unknown, is: unknown): string => {
  const bytesOf = (text: unknown) => fromBase64(typeof text === 'string' ? text : '')
  const [a, b] = [bytesOf(was), bytesOf(is)]
  if (a.length !== b.length) return `packet: was ${a.length} bytes, is ${b.length}`
  const at = a.findIndex((byte, i) => byte !== b[i])
  return `packet, byte ${at}: was ${a[at]}, is ${b[at]}`
}

const shown = (line: string): string => (line.length <= 300 ? line : `${line.slice(0, 300)} …`)
