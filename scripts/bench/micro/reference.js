/** Nothing of the stack: how fast the machine itself is at the moment, for code of much the same kind. */

export const REFERENCE = 'the machine itself: 64 bytes into an object, and on to the next'

/** Objects in a ring, of some 100 KB together. */
const OBJECTS = 1024
const BYTES = 64

class Link {
  next = this
  low = 0
  high = 0
  count = 0
}

const ring = () => {
  const links = Array.from({ length: OBJECTS }, () => new Link())
  links.forEach((link, i) => {
    link.next = links[(i * 389 + 1) % OBJECTS]
  })
  return links[0]
}

export const reference = {
  [REFERENCE]: () => {
    const bytes = new Uint8Array(BYTES * OBJECTS).map((_, i) => i)
    let link = ring()
    return rounds => {
      for (let i = 0; i < rounds; i++) {
        const start = (i % OBJECTS) * BYTES
        let low = 0
        let high = 0
        for (let at = start; at < start + BYTES; at += 2) {
          high += bytes[at]
          low += bytes[at + 1]
        }
        link.low = low
        link.high = high
        if (low > high) link.count++
        link = link.next
      }
      return rounds
    }
  },
}
