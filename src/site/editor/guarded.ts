/** A controller of somebody who is still writing it: what it does wrong is told as what it is. */
import type { CongestionControl } from '../../tcp/congestion/controller.ts'

/** A controller has thrown, or has set what no controller may. */
export class ControllerFault extends Error {
  /** The call in which it did. */
  readonly call: string

  constructor(call: string, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'ControllerFault'
    this.call = call
  }
}

/** The fault of the numbers that a connection reads, or ''. */
const wrongNumber = ({ cwnd, ssthresh, pacingRate }: CongestionControl): string => {
  if (!(Number.isFinite(cwnd) && cwnd > 0))
    return `cwnd is ${String(cwnd)}: it must be a number of bytes above 0`
  if (typeof ssthresh !== 'number' || !(ssthresh > 0))
    return `ssthresh is ${String(ssthresh)}: it must be a number of bytes above 0`
  if (!(Number.isFinite(pacingRate) && pacingRate >= 0))
    return `pacingRate is ${String(pacingRate)}: it must be bytes per ms, or 0`
  return ''
}

/** The same controller; its calls throw {@link ControllerFault} for whatever is wrong in them. */
export const guarded = (controller: CongestionControl): CongestionControl => {
  // The registry refuses everything else.
  if (typeof controller !== 'object' || controller === null) return controller
  const called = new Map<PropertyKey, (...given: unknown[]) => unknown>()
  return new Proxy(controller, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target)
      if (typeof value !== 'function') return value
      let call = called.get(key)
      if (call === undefined) {
        call = (...given) => {
          const result = attempt(String(key), () => Reflect.apply(value, target, given))
          const wrong = wrongNumber(target)
          if (wrong !== '') throw new ControllerFault(String(key), wrong)
          return result
        }
        called.set(key, call)
      }
      return call
    },
    set: (target, key, value) => Reflect.set(target, key, value, target),
  })
}

const attempt = <T>(call: string, body: () => T): T => {
  try {
    return body()
  } catch (cause) {
    throw new ControllerFault(
      call,
      cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause),
      cause,
    )
  }
}

/**
 * The line of a script in which an error came about, from 1; null where its stack does not say.
 * @param script the address of the script
 */
export const lineOf = (error: unknown, script: string): number | null => {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const at = stack.indexOf(`${script}:`)
  const line = at < 0 ? Number.NaN : Number.parseInt(stack.slice(at + script.length + 1), 10)
  return Number.isNaN(line) ? null : line
}
