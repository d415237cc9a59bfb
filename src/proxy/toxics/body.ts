/** The body of a request as Go's json package reads it, with its errors. */
import { badRequest } from './error.ts'

/**
 * The fields of an object by their names in small letters: Go does not mind the case.
 * @param type the thing that is described, as Go calls its type
 * @throws ProxyError 400 for what is no object
 */
export const fieldsOf = (given: unknown, type: string): Record<string, unknown> => {
  if (typeof (given ?? {}) !== 'object' || Array.isArray(given))
    throw badRequest(
      `json: cannot unmarshal ${Array.isArray(given) ? 'array' : typeof given} into Go value of type ${type}`,
    )
  return Object.fromEntries(Object.entries(given ?? {}).map(([name, value]) => [name.toLowerCase(), value]))
}

/**
 * A field of text; empty when it is not there.
 * @param field its name behind that of its type, as errors have it
 * @throws ProxyError 400
 */
export const textOf = (fields: Record<string, unknown>, field: `${string}.${string}`): string => {
  const value = fields[field.slice(field.indexOf('.') + 1)] ?? ''
  if (typeof value !== 'string')
    throw badRequest(`json: cannot unmarshal ${typeof value} into Go struct field ${field} of type string`)
  return value
}
