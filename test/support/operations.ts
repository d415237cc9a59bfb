/**
 * The work of the stack, counted: how often V8 has entered each block of its code, and how many elements the array
 * methods had to pass or move that it has called, and characters where a text was split. Unlike time that is the same on
 * every machine and in every run: V8's optimizing compilers rest meanwhile, as what they make of a function does not count
 * that it is called.
 */
import { type Profiler, Session } from 'node:inspector'
import process from 'node:process'
import { setFlagsFromString } from 'node:v8'
import test from 'ava'

const session = new Session()

const post = <T>(method: string, parameters?: object): T => {
  let result: T | undefined
  let failure: Error | null = null
  // The session is of this very thread: it calls back before it returns.
  session.post(method, parameters, (error: Error | null, answer?: object) => {
    failure = error
    result = answer as T
  })
  if (failure !== null) throw failure
  return result!
}

/** This process's coverage is being measured already: what is counted here would be missing there. */
const measured = process.env.NODE_V8_COVERAGE !== undefined

/** A test that counts operations; skipped where nothing can be counted. */
export const counting = measured ? test.skip : test

// Only what is compiled from here on is counted block by block: functions are when they are called for the first time.
if (!measured) {
  setFlagsFromString('--no-opt')
  setFlagsFromString('--no-maglev')
  session.connect()
  post('Profiler.enable')
  post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
}

const taken = (): number => {
  const { result } = post<Profiler.TakePreciseCoverageReturnType>('Profiler.takePreciseCoverage')
  let steps = 0
  for (const { url, functions } of result) {
    if (!url.includes('/dist/src/')) continue
    for (const { ranges } of functions) for (const { count } of ranges) steps += count
  }
  return steps
}

/** Array methods that go through all elements, or move them; with the first one that they need not touch. */
const WALKS: Record<string, (list: unknown[], from: number) => number> = {
  splice: (list, from) => (from < 0 ? Math.min(list.length, -from) : Math.max(0, list.length - from)),
  shift: list => list.length,
  unshift: list => list.length,
  indexOf: list => list.length,
  includes: list => list.length,
  slice: list => list.length,
}

/** Calls `work`; returns how many elements those methods had to do with. */
const walked = (work: () => void): number => {
  let elements = 0
  const methods = Array.prototype as unknown as Record<string, (...args: unknown[]) => unknown>
  const before = Object.keys(WALKS).map(name => [name, methods[name]!] as const)
  const { split } = String.prototype as unknown as { split: (...args: unknown[]) => string[] }
  Object.assign(String.prototype, {
    split(this: string, ...args: unknown[]) {
      elements += this.length
      return split.apply(this, args)
    },
  })
  for (const [name, method] of before)
    methods[name] = function (this: unknown[], ...args: unknown[]) {
      elements += WALKS[name]!(this, Number(args[0] ?? 0))
      return method.apply(this, args)
    }
  try {
    work()
  } finally {
    for (const [name, method] of before) methods[name] = method
    Object.assign(String.prototype, { split })
  }
  return elements
}

/** Blocks of the stack's code that `work` enters, and elements that it has arrays pass or move. */
export const operations = (work: () => void): number => {
  taken()
  const elements = walked(work)
  return taken() + elements
}

/** The work of twice as much over that of as much: 2 where each thing takes the same, 4 where each goes by all others. */
export const growth = (n: number, work: (n: number) => () => void): number => {
  const once = operations(work(n))
  const twice = operations(work(2 * n))
  if (once < n)
    throw new Error(`only ${once} operations were counted of ${n}: the code was compiled too early`)
  return twice / once
}
