/** Calls with no other JavaScript beneath them, by the addon. */
import { createRequire } from 'node:module'
import type { Alone } from '../base/turns.ts'
import { addonFile } from './native-files.ts'

/** The part of the addon that calls, which needs no device: native/alone.c. */
interface Caller {
  /** Once in each thread: has `call` called alone whenever it was asked for, and then `goOn` as an event. */
  startAlone(call: () => void, goOn: () => void): number
  /** Asks for it. */
  alone(): void
}

/** The calls that were asked for, each with what goes on after it. */
const waiting: { readonly callback: () => void; readonly goOn: () => void }[] = []

/** Undefined before anybody has asked; null where there is no addon. */
let caller: Caller | null | undefined

/** Something is being called alone, and what it has thrown. */
let calling = false
let thrown: { readonly error: unknown } | null = null

const call = (): void => {
  calling = true
  try {
    waiting[0]?.callback()
  } finally {
    calling = false
  }
  if (thrown === null) return
  const { error } = thrown
  thrown = null
  throw error
}

/**
 * Has an exception be an uncaught one as soon as what is called alone has returned; false when nothing is. Node unwinds its
 * contexts only then, and would end the process if it found some of them in the next call.
 */
export const throwAlone = (error: unknown): boolean => {
  if (calling) thrown ??= { error }
  return calling
}

const goOn = (): void => {
  const next = waiting.shift()?.goOn
  if (waiting.length > 0) caller?.alone()
  next?.()
}

/** An addon of an earlier version has no such part. */
const start = (): Caller | null => {
  const path = addonFile()
  if (path === null) return null
  try {
    const addon = createRequire(import.meta.url)(path) as Partial<Caller>
    return addon.startAlone?.(call, goOn) === 0 ? (addon as Caller) : null
  } catch {
    return null
  }
}

/** As {@link Alone}, where there is an addon. */
export const alone: Alone = (callback, then) => {
  if (caller === undefined) caller = start()
  if (caller === null) return false
  waiting.push({ callback, goOn: then })
  caller.alone()
  return true
}

/**
 * Calls back in a task of its own before immediates, at once after the one that is under way; false where there is no addon. It
 * costs less than a message to oneself.
 */
export const soonByAddon = (callback: () => void): boolean => alone(() => {}, callback)
