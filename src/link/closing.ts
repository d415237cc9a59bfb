/** The closing phase of Node's event loop, which comes after its immediates. */
import { MessageChannel } from 'node:worker_threads'
import { nativePart } from './native-part.ts'

/** The part of the addon that calls in that phase: native/closing.c. */
interface Caller {
  /** Once in each thread: who is called. */
  startClosing(callback: () => void): number
  /** Asks for it. */
  closing(): void
}

const waiting: (() => void)[] = []

/** Undefined before anybody has asked; null where there is no addon. */
let caller: Caller | null | undefined

/** A port that is closed is told so in the same phase; to make one costs thirty microseconds. */
const closePort = (): void => {
  const { port1 } = new MessageChannel()
  port1.once('close', call)
  port1.close()
}

const ask = (): void => {
  if (caller === undefined) caller = nativePart<Caller>(addon => addon.startClosing?.(call))
  if (caller === null) closePort()
  else caller.closing()
}

const call = (): void => {
  const callback = waiting.shift()
  if (waiting.length > 0) ask()
  callback?.()
}

/** Calls back as libuv calls what was closed now. */
export const whenClosing = (callback: () => void): void => {
  waiting.push(callback)
  if (waiting.length === 1) ask()
}
