// The interfaces of a declaration file that the compiler has written: their members, and what is said of each.

const INTERFACE = /(?:\/\*\*((?:(?!\*\/).)*)\*\/\n)?export interface (\w+) \{\n(.*?)\n\}/gs
const MEMBER = /(?: {4}\/\*\*((?:(?!\*\/).)*)\*\/\n)? {4}(?:readonly )?(\w+)(\??)([^\n]*);/gs

/** The text of a comment, without its frame. */
const textOf = comment =>
  (comment ?? '')
    .split('\n')
    .map(line => line.replace(/^\s*\*? ?/, '').trim())
    .filter(line => line !== '')
    .join(' ')
    .replace(/\{@link (\w+)\}/g, '$1')

/** @returns each interface with its name, what is said of it, and its members */
export const interfacesOf = declarations =>
  [...declarations.matchAll(INTERFACE)].map(([, comment, name, body]) => ({
    name,
    says: textOf(comment),
    members: [...body.matchAll(MEMBER)].map(([, says, member, optional, rest]) => ({
      name: member,
      signature: `${member}${optional}${rest}`,
      says: textOf(says),
    })),
  }))
