/** A capture file is broken, or of a form that is not known: where, and what is wrong. */
export class CaptureError extends Error {
  /** Bytes from the beginning of the file. */
  readonly offset: number

  constructor(offset: number, what: string) {
    super(`at byte ${offset}: ${what}`)
    this.name = 'CaptureError'
    this.offset = offset
  }
}
