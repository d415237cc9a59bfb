/** Calls with no JavaScript beneath them, by the addon. */
import type { Alone, NativeCall } from '../base/turns.ts'
import { nativePart } from './native-part.ts'

/** The part of the addon that calls, which needs no device: native/alone.c. */
interface Caller {
  /**
   * Once in each thread: who says what is called alone, who goes on then, as an event, who says what is called with immediates, and
   * who is called before the event loop polls.
   */
  startAlone(
    next: () => NativeCall | null,
    goOn: () => void,
    nextImmediate: () => NativeCall | null,
    before: () => void,
  ): number
  /** Asks for both; false where nothing can be called alone. */
  alone(): boolean
  /** Asks for the second. */
  soon(): void
  /** Asks for the third; false where that is not possible. Absent from addons of earlier versions. */
  immediate?(): boolean
  /** Asks for the fourth. Absent from addons of earlier versions. */
  before?(): void
}

/** The calls that were asked for, each with what goes on after it. */
const waiting: { readonly begin: (() => NativeCall | null) | null; readonly goOn: () => void }[] = []

/** The calls among immediates. */
const immediates: (() => NativeCall | null)[] = []

/** Undefined before anybody has asked; null where there is no addon. */
let caller: Caller | null | undefined

const next = (): NativeCall | null => waiting[0]?.begin?.() ?? null

const goOn = (): void => {
  const first = waiting.shift()
  const second = waiting[0]
  if (second !== undefined) {
    if (second.begin === null) caller?.soon()
    else caller?.alone()
  }
  first?.goOn()
}

const nextImmediate = (): NativeCall | null => {
  while (immediates.length > 0) {
    const call = immediates.shift()!()
    if (call !== null) return call
  }
  return null
}

/** The calls before the event loop polls. */
const early: (() => void)[] = []

const before = (): void => {
  try {
    for (let left = early.length; left > 0; left--) early.shift()!()
  } finally {
    if (early.length > 0) caller?.before?.()
  }
}

/** The part of the addon, started when it is first needed; null where there is none. */
const started = (): Caller | null => {
  if (caller === undefined)
    caller = nativePart<Caller>(addon => addon.startAlone?.(next, goOn, nextImmediate, before))
  return caller
}

/** As {@link Alone}, where there is an addon. */
export const alone: Alone = (begin, then) => {
  if (started()?.alone() !== true) return false
  waiting.push({ begin, goOn: then })
  return true
}

/**
 * Calls back in a task of its own before immediates, at once after the one that is under way; false where there is no addon. It
 * costs less than a message to oneself.
 */
export const soonByAddon = (callback: () => void): boolean => {
  const addon = started()
  if (addon === null) return false
  waiting.push({ begin: null, goOn: callback })
  addon.soon()
  return true
}

/**
 * Has what `begin` returns called among Node's immediates of C++, in order and before those of JavaScript, with no JavaScript beneath;
 * ticks and promises settle after all of these. False where nobody can do that.
 */
export const withImmediates = (begin: () => NativeCall | null): boolean => {
  if (started()?.immediate?.() !== true) return false
  immediates.push(begin)
  return true
}

/** Calls back, once, before the event loop polls, as an event. False where nobody can do that. */
export const beforePoll = (callback: () => void): boolean => {
  const addon = started()
  if (addon?.before === undefined) return false
  if (early.push(callback) === 1) addon.before()
  return true
}
