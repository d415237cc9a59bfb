export const summary = 'headers, lengths and options that lie, and bytes without any sense'
export const short = true

/** Good segments, each with something changed; the kernel forwards those whose IPv4 header is sound. */
export const attack = async (peers, { goesOn }) => {
  const { random } = peers
  while (await goesOn())
    for (let n = 0; n < 100; n++) {
      const options = Uint8Array.from({ length: 4 * random.below(10) }, () => random.below(256))
      const b = peers.segment({
        source: peers.address(n),
        sourcePort: 1024 + random.below(60_000),
        port: [7, 9, 19, 80, random.below(65_536)][n % 5],
        seq: random.uint32(),
        ack: random.uint32(),
        flags: random.below(256),
        window: random.below(65_536),
        urgent: random.below(65_536),
        options,
        text: new Uint8Array(random.below(100)),
      })
      // A data offset that is none, a checksum that is not right, a protocol that is unknown.
      if (n % 3 === 1) b[32] = random.below(256)
      if (n % 7 === 2) b[36] ^= 0xff
      peers.raw(b)
    }
}
