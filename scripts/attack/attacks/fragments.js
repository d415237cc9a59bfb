import { parseAddress } from '../../../dist/src/wire/address.js'
import { writeIpv4 } from '../../../dist/src/wire/ipv4.js'
import { STACK } from '../addresses.js'

export const summary = 'fragments of datagrams that never become whole, that overlap, of every identification'
export const short = true

const MORE = 0x2000

export const attack = async (peers, { goesOn }) => {
  const fragment = (number, offset, length, flags) => {
    const b = new Uint8Array(20 + length)
    writeIpv4(
      b,
      0,
      b.length,
      6,
      peers.address(number >> 16),
      parseAddress(STACK),
      64,
      0,
      number & 0xffff,
      flags | offset,
    )
    peers.raw(b)
  }
  for (let number = 0; await goesOn(); )
    for (let n = 0; n < 60; n++, number++) {
      fragment(number, 0, 1400, MORE)
      // Beyond a gap, then over the first.
      fragment(number, 400, 8, MORE)
      if (n % 4 === 0) fragment(number, 100, 1200, MORE)
    }
}
