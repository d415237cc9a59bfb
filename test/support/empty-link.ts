import type { Link } from '../../src/ip/link.ts'

/** A link on which nothing ever happens. */
export const emptyLink = (): Link => ({
  name: 'nothing',
  mtu: 1500,
  offload: { checksum: false, segmentation: false },
  start() {},
  transmit() {},
  close() {},
})
