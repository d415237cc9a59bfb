/** Defaults of sockets that are not told otherwise. */

import nodeNet from 'node:net'
import { badType, outOfRange } from './errors.ts'
import type { NetStack } from './host-port.ts'

let stack: NetStack | null = null
let makeStack: (() => NetStack) | null = null

/** The stack of sockets and servers that were given none, or null when there is none. */
export const defaultStack = (): NetStack | null => {
  if (stack === null && makeStack !== null) stack = makeStack()
  return stack
}

/** Null: the next one that is needed is made anew. */
export const setDefault = (given: NetStack | null): void => {
  stack = given
}

/** Makes the default stack when it is first needed. */
export const onFirstUse = (make: () => NetStack): void => {
  makeStack = make
}

/** They begin as those of node:net, which has options of the command line for them. */
let autoSelectFamily = nodeNet.getDefaultAutoSelectFamily()
let attemptTimeout = nodeNet.getDefaultAutoSelectFamilyAttemptTimeout()

/** Returns whether all addresses of a name are tried, one after the other. */
export const getDefaultAutoSelectFamily = (): boolean => autoSelectFamily

/** @throws TypeError ERR_INVALID_ARG_TYPE */
export const setDefaultAutoSelectFamily = (value: boolean): void => {
  autoSelectFamily = checkBoolean('value', value)
}

/** The time (ms) that one address is tried before the next one has its turn. */
export const getDefaultAutoSelectFamilyAttemptTimeout = (): number => attemptTimeout

/** At least 10 ms. @throws TypeError ERR_INVALID_ARG_TYPE, RangeError ERR_OUT_OF_RANGE */
export const setDefaultAutoSelectFamilyAttemptTimeout = (value: number): void => {
  attemptTimeout = checkAttemptTimeout('value', value)
}

export const checkBoolean = (name: string, value: unknown): boolean => {
  if (typeof value !== 'boolean') throw badType(name, 'of type boolean', value)
  return value
}

export const checkAttemptTimeout = (name: string, value: unknown): number => {
  if (typeof value !== 'number') throw badType(name, 'of type number', value)
  if (!Number.isInteger(value)) throw outOfRange(name, 'an integer', value)
  if (value < 1 || value > 2 ** 31 - 1) throw outOfRange(name, '>= 1 && <= 2147483647', value)
  return Math.max(10, value)
}
