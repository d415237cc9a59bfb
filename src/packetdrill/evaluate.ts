/** Values of the expressions in system calls. */
import type { Expression } from './ast.ts'
import { SYMBOLS } from './symbols.ts'

/** A call that cannot be carried out: what it says means nothing, or the stack has no such thing. */
export class CallError extends Error {}

/** @throws CallError */
export const numberOf = (e: Expression | undefined, what: string): number => {
  if (e === undefined) throw new CallError(`${what} is missing`)
  switch (e.kind) {
    case 'integer':
      return e.value
    case 'or':
      return numberOf(e.left, what) | numberOf(e.right, what)
    case 'word':
      if (Object.hasOwn(SYMBOLS, e.name)) return SYMBOLS[e.name]!
      throw new CallError(`${what}: the symbol '${e.name}' is not known`)
    default:
      throw new CallError(`${what} must be a number`)
  }
}

export const wordOf = (e: Expression | undefined, what: string): string => {
  if (e?.kind !== 'word') throw new CallError(`${what} must be a name`)
  return e.name
}

export const itemsOf = (e: Expression | undefined, what: string): readonly Expression[] => {
  if (e?.kind !== 'list') throw new CallError(`${what} must be a list [ … ]`)
  return e.items
}

/** The number in `[n]`: what a pointer points to. */
export const pointedTo = (e: Expression | undefined, what: string): number =>
  numberOf(itemsOf(e, what)[0], what)

export const fieldOf = (e: Expression, name: string): Expression | undefined =>
  e.kind === 'struct' ? e.fields.find(field => field.name === name)?.value : undefined

/** The lengths of the buffers in a msghdr: `{msg_name(...)=..., msg_iov(2)=[{..., 40}, {..., 20}], …}`. */
export const iovecOf = (e: Expression | undefined): number[] => {
  if (e?.kind !== 'struct') throw new CallError('the message must be a structure { … }')
  return itemsOf(fieldOf(e, 'msg_iov'), 'msg_iov').map(piece => {
    if (piece.kind !== 'struct') throw new CallError('a buffer is {..., length}')
    return numberOf(piece.items[1], "a buffer's length")
  })
}
