import { AsyncResource } from 'node:async_hooks'

/** A callback that is called once, in the context of who asks now; async_hooks sees the request end with it. */
export const requested = <A extends unknown[]>(
  type: string,
  callback: (...answer: A) => void,
): ((...answer: A) => void) => {
  const context = new AsyncResource(type)
  return (...answer) => {
    try {
      context.runInAsyncScope(callback, null, ...answer)
    } finally {
      context.emitDestroy()
    }
  }
}
