/** Connections that are reset by somebody else than the program that has them. */
import { outOfRange } from './errors.ts'
import type { Stack } from './stack.ts'

/** The connections to reset: those that have all of these. */
export interface Match {
  readonly localPort?: number
  readonly remotePort?: number
  readonly remoteAddress?: string
}

const isPort = (value: unknown): boolean =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65_535

/** @throws RangeError ERR_OUT_OF_RANGE for what is no port */
export const checkMatch = (given: Readonly<Record<string, unknown>>): void => {
  for (const port of ['localPort', 'remotePort'])
    if (given[port] !== undefined && !isPort(given[port]))
      throw outOfRange(port, 'a whole number from 1 to 65535', given[port])
}

/** A server of both families is told mapped addresses of IPv4; people name plain ones. */
const plain = (value: string | number | undefined): string | number | undefined =>
  typeof value === 'string' ? value.replace(/^::ffff:(?=[\d.]+$)/, '') : value

/**
 * Resets each by a RST to its peer; whoever has the socket sees it closed.
 * @returns how many
 */
export const resetSockets = (stack: Pick<Stack, 'sockets'>, match: Match): number => {
  let count = 0
  for (const socket of stack.sockets.list()) {
    const named = socket as unknown as Match
    const fits = (['localPort', 'remotePort', 'remoteAddress'] as const).every(
      name => match[name] === undefined || plain(named[name]) === plain(match[name]),
    )
    if (!fits) continue
    socket.resetAndDestroy()
    count++
  }
  return count
}
