/** The terminal that standard output is, if it is one. */
import { wantsColor } from '../trace/color.ts'
import { PLAIN, type TextStyle } from '../trace/text-style.ts'

/** The layout of standard output. */
export const textStyle = (): TextStyle => {
  const { isTTY, columns } = process.stdout
  return {
    width: isTTY && columns > 0 ? columns : PLAIN.width,
    color: wantsColor(isTTY === true),
  }
}
