/** The memory that the two threads of fineClock share. */

/** No alarm is set. */
export const NEVER = 0n

/** Bytes of it. */
export const SIZE = 16

export const viewsOf = (memory: SharedArrayBuffer) => ({
  /** Counts the changes of `due`. */
  changes: new Int32Array(memory, 0, 1),
  /** The time of the next alarm, in nanoseconds of process.hrtime; or NEVER. */
  due: new BigInt64Array(memory, 8, 1),
})
