/** The common form of answers: they are lines as {@link talk} writes them. */

/** A lone ACK. */
export const isAck = (answer: string): boolean => /^\. [^+]*$/.test(answer) && / ack /.test(answer)

export const isReset = (answer: string): boolean => /^R\.? /.test(answer)

const empty = (answer: string): string => answer.replace(/,>/g, '>').replace(/ <>/g, '')

export const withoutSack = (answer: string): string => empty(answer.replace(/,?nop,nop,sack [-\d:,]*\d/g, ''))

export const withoutStamps = (answer: string): string =>
  empty(answer.replace(/(nop,nop,)?TS ecr -?\d+,?/g, ''))

/** An ACK without its own sequence number. */
export const withoutNumber = (answer: string): string => answer.replace(/^\. -?\d+/, '.')

/** The two answers differ in this alone. */
export const alikeBut = (
  without: (answer: string) => string,
  { ours, theirs }: { readonly ours: string; readonly theirs: string },
): boolean => without(ours) === without(theirs)

/** The edges of the blocks that an answer reports. */
export const sackBlocks = (answer: string): [number, number][] =>
  [...(answer.match(/sack ([-\d:,]*\d)/)?.[1] ?? '').matchAll(/(-?\d+):(-?\d+)/g)].map(([, left, right]) => [
    Number(left),
    Number(right),
  ])
