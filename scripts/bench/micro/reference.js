/** Nothing of the stack: how fast the machine itself is at the moment. */

const WORDS = 1 << 14

export const REFERENCE = 'the machine: mixing a word of 64 KB'

export const reference = {
  [REFERENCE]: () => {
    const words = new Int32Array(WORDS)
    return rounds => {
      let h = 0
      for (let i = 0; i < rounds; i++) {
        const at = i & (WORDS - 1)
        h = Math.imul(h ^ words[at], 0x85ebca6b)
        words[at] = h ^ (h >>> 13)
      }
      return rounds
    }
  },
}
