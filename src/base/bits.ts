/** Returns a word of flags with one of them set, or cleared. */
export const put = (bits: number, bit: number, on: boolean): number => (on ? bits | bit : bits & ~bit)
