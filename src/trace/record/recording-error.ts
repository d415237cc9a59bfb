/** A file is no recording, or of a version that is not known. */
export class RecordingError extends Error {
  /** The line, from 1, where it is wrong; 0 for the file as a whole. */
  readonly line: number

  constructor(line: number, what: string) {
    super(line === 0 ? what : `line ${line}: ${what}`)
    this.name = 'RecordingError'
    this.line = line
  }
}
