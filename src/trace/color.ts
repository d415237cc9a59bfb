/**
 * Whether what goes to a stream is coloured: on a terminal, unless it is a dumb one or NO_COLOR is set (https://no-color.org).
 * FORCE_COLOR switches colours on in a pipe, too, and `FORCE_COLOR=0` off as well; NO_COLOR is above it.
 */
export const wantsColor = (isTerminal: boolean, env: NodeJS.ProcessEnv = process.env): boolean => {
  const { NO_COLOR, FORCE_COLOR, TERM } = env
  if (NO_COLOR) return false
  if (FORCE_COLOR) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
  return isTerminal && TERM !== 'dumb'
}
