// The scripts about IPv4 and IPv6 on node:net and on a stack; they need a kernel with ::1.
import nodeNet from 'node:net'
import { networkInterfaces } from 'node:os'
import test from 'ava'
import net from '../../src/net/net.ts'
import { testUnless } from '../support/needs.ts'
import { families } from './golden-families.ts'
import type { Net } from './golden-support.ts'
import { bySide } from './golden-traces.ts'

const hasIpv6 = Object.values(networkInterfaces()).some(all => all?.some(({ address }) => address === '::1'))

for (const [name, scenario] of Object.entries(families))
  testUnless(hasIpv6 ? null : 'the kernel has no ::1', test.serial)(
    `as node:net: families: ${name}`,
    async t => {
      const traces = []
      for (const module of [nodeNet, net]) {
        const events: string[] = []
        await scenario(module as unknown as Net, what => void events.push(what), '::1', '127.0.0.1')
        traces.push(bySide(events))
      }
      t.deepEqual(traces[1], traces[0])
    },
  )
