/** The terminal that standard output is, if it is one. */
import { PLAIN, type TextStyle } from '../trace/text-style.ts'

/** The layout of standard output: NO_COLOR switches colours off, FORCE_COLOR on also in a pipe. */
export const textStyle = (): TextStyle => {
  const { isTTY, columns } = process.stdout
  const { NO_COLOR, FORCE_COLOR } = process.env
  return {
    width: isTTY && columns > 0 ? columns : PLAIN.width,
    color: !NO_COLOR && (isTTY === true || Boolean(FORCE_COLOR)),
  }
}
