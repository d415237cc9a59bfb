import { namespaceTest } from '../support/namespace.ts'

const cases = new URL('tun-cases.js', import.meta.url)

for (const face of ['tuntcp/net', 'tuntcp/net, busy polling', 'serve()', 'tuntcp/register'])
  namespaceTest(`the order of what a program sees, as node:net, over a TUN: ${face}`, cases, face)
