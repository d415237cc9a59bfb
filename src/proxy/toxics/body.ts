/** The body of a request as Go's json package reads it, with its errors. */
import { badRequest } from './error.ts'

/** @param what the thing that is described @throws ProxyError 400 for what is no object */
export const fieldsOf = (given: unknown, what: string): Record<string, unknown> => {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw badRequest(`json: cannot unmarshal the body into a ${what}: it must be an object`)
  return given as Record<string, unknown>
}

/** A field of text; empty when it is not there. @throws ProxyError 400 */
export const textOf = (fields: Record<string, unknown>, name: string): string => {
  const value = fields[name] ?? ''
  if (typeof value !== 'string')
    throw badRequest(`json: cannot unmarshal ${typeof value} into Go struct field .${name} of type string`)
  return value
}
