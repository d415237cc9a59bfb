import { type Errno, PosixError } from './errno.ts'

/** The value of a call, or its errno. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly errno: Errno }

export const success = <T>(value: T): Result<T> => ({ ok: true, value })
export const failure = (errno: Errno): Result<never> => ({ ok: false, errno })

/**
 * A call that may block: it has its result already, or will have it once the connection has gone on. Nothing
 * waits inside it, so it works in virtual time as in real time.
 */
export class Call<T> {
  #result: Result<T> | null = null
  readonly #waiting: ((result: Result<T>) => void)[] = []

  static done<T>(result: Result<T>): Call<T> {
    const call = new Call<T>()
    call.finish(result)
    return call
  }

  static failed<T>(errno: Errno): Call<T> {
    return Call.done<T>(failure(errno))
  }

  /** The result, or null while the call blocks. */
  get result(): Result<T> | null {
    return this.#result
  }

  /** For who carries the call out; only the first result counts. */
  finish(result: Result<T>): void {
    if (this.#result !== null) return
    this.#result = result
    for (const callback of this.#waiting.splice(0)) callback(result)
  }

  /** Calls back with the result: at once if there is one. */
  whenDone(callback: (result: Result<T>) => void): void {
    if (this.#result === null) this.#waiting.push(callback)
    else callback(this.#result)
  }

  /** @throws PosixError when the call fails */
  promise(): Promise<T> {
    return new Promise((resolve, reject) =>
      this.whenDone(result => (result.ok ? resolve(result.value) : reject(new PosixError(result.errno)))),
    )
  }
}
