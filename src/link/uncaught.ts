/** Exceptions that nobody catches. */
import { nativePart } from './native-part.ts'

/** The part of the addon that needs no device: native/event.c. */
interface Thrower {
  uncaught(error: unknown): void
}

/** Undefined before anybody has thrown; null where there is no addon. */
let thrower: Thrower | null | undefined

/**
 * Throws an exception where nobody catches it. The process ends, or who handles such exceptions hears of it, at once, as of one
 * that a listener of the kernel's throws; without the addon after the ticks that wait.
 */
export const throwUncaught = (error: unknown): void => {
  if (thrower === undefined) thrower = nativePart<Thrower>(addon => (addon.uncaught === undefined ? 1 : 0))
  if (thrower !== null) thrower.uncaught(error)
  else
    queueMicrotask(() => {
      throw error
    })
}
