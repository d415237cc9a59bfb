/** The faults of a path as they are written in the fields of a page. */
import { pathOptions } from '../../faults/link-faults.ts'
import { ofUnits, type PlanFault, unitsOf } from '../experiment/plan.ts'

/** A value as it is written in its field. */
export const faultText = (name: string, value: unknown): string => {
  if (typeof value !== 'number') return String(value)
  if (name === 'delay' || name === 'jitter') return `${value}ms`
  if (name === 'rate')
    return value % 1e6 === 0 ? `${value / 1e6}mbit` : value % 1e3 === 0 ? `${value / 1e3}kbit` : String(value)
  return name === 'queue' || name === 'mtu' ? String(value) : `${Number((value * 100).toPrecision(9))}%`
}

/** @throws Error that says what is wrong with it */
export const readFault = (name: PlanFault, written: string | number): number | boolean => {
  const read = pathOptions({ [name]: written }, 'link')[name]
  if (typeof read === 'boolean') return read
  if (typeof read !== 'number') throw new TypeError(`${name} is no number`)
  if (!Number.isFinite(read)) throw new RangeError(`${name} must have an end`)
  return ofUnits(name, unitsOf(name, read))
}
