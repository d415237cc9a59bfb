// The cases of collision.test.ts, each in a process and a network namespace of its own: hosts with addresses and
// routes of every kind, and the devices that must, or must not, be made on them.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { networkInterfaces } from 'node:os'
import { freeRange } from '../../src/link/collision.ts'
import { hostNetworks } from '../../src/link/host-networks.ts'
import { openTun, TunError, type TunOptions } from '../../src/link/tun.ts'
import { loadAddon } from '../../src/link/tun-native.ts'
import { runCase } from '../support/namespace-case.ts'

/** Each line is what stands behind `ip`. */
const host = (lines: string): void => {
  for (const line of lines.trim().split(/\n\s*/)) execFileSync('ip', line.trim().split(/\s+/))
}

const ETH0 = `
  tuntap add eth0 mode tap
  address add 192.0.2.2/24 dev eth0
  link set eth0 up
`

/** The routes of the host. The kernel notes some time later that a link without a carrier is down. */
const tables = (): string =>
  execFileSync('ip', ['route', 'show', 'table', 'all'], { encoding: 'utf8' }).replaceAll(' linkdown', '')

/** No device is made, and the host's routes are what they were. */
const refused = (options: TunOptions, ...met: RegExp[]): TunError => {
  const before = tables()
  const links = execFileSync('ip', ['link'], { encoding: 'utf8' })
  let error: unknown
  try {
    openTun(options).close()
  } catch (thrown) {
    error = thrown
  }
  assert.ok(error instanceof TunError, `${JSON.stringify(options)} was not refused`)
  assert.equal(error.code, 'EADDRINUSE')
  for (const what of met) assert.match(error.message, what)
  assert.equal(tables(), before)
  assert.equal(execFileSync('ip', ['link'], { encoding: 'utf8' }), links)
  return error
}

const free = (): string | null => freeRange(hostNetworks(loadAddon().netlink))

const accepted = (options: TunOptions): void => {
  const link = openTun(options)
  assert.equal(link.ipv4, options.address)
  link.close()
}

export const cases: Record<string, () => Promise<void>> = {
  'a host that is 192.0.2.2/24 and goes by 192.0.2.1 keeps its gateway': async () => {
    host(`${ETH0} route add default via 192.0.2.1`)
    const error = refused({ address: '192.0.2.1/24' })
    assert.equal(
      error.message,
      "192.0.2.1/24 would take away from this host the gateway 192.0.2.1 of the default route on eth0 and the address 192.0.2.2/24 of eth0: choose another address, such as '198.51.100.1/24'",
    )
    refused({ address: '192.0.2.200/30' }, /the address 192\.0\.2\.2\/24 of eth0/)
    refused({ address: '192.0.2.2/32' }, /the address 192\.0\.2\.2\/24 of eth0/)
    refused({ address: '192.0.0.1/16' }, /the gateway 192\.0\.2\.1/)
    accepted({ address: '198.51.100.1/24' })
    accepted({ address: '192.0.3.1/24' })
  },

  'addresses, routes and gateways of IPv6 count as those of IPv4': async () => {
    host(`
      tuntap add eth0 mode tap
      -6 address add 2001:db8:1::2/64 dev eth0 nodad
      link set eth0 up
      -6 route add 2001:db8:7::/48 via 2001:db8:1::1 dev eth0 onlink
      -6 route add blackhole 2001:db8:8::/48
      -6 route add default via 2001:db8::1 dev eth0 onlink
    `)
    refused({ address: ['2001:db8:1::9/64'] }, /the address 2001:db8:1::2\/64 of eth0/)
    refused({ address: ['192.0.2.1/24', '2001:db8:7:1::1/64'] }, /the route to 2001:db8:7::\/48 on eth0/)
    refused({ address: ['2001:db8:8:1::1/64'] }, /the route to 2001:db8:8::\/48.*, blackhole/)
    const error = refused(
      { address: ['2001:db8::2/64'] },
      /the gateway 2001:db8::1 of the default route on eth0/,
    )
    assert.match(error.message, /choose another address, such as '2001:db8:2::1\/64'$/)
    openTun({ address: ['192.0.2.1/24', '2001:db8:9::1/64'] }).close()
    // Every link has link-local addresses, and nobody is in the way of another's.
    openTun({ address: ['192.0.2.1/24', 'fe80::9/64'] }).close()
  },

  'a host without anything has all': async () => {
    assert.equal(free(), '192.0.2.1/24')
    accepted({ address: '192.0.2.1/24' })
    host('link set lo up')
    refused({ address: '127.0.0.5/24' }, /the address 127\.0\.0\.1\/8 of lo/)
  },

  'secondary addresses count, those of devices that are down and the far ends of others': async () => {
    host(`
      tuntap add eth0 mode tap
      address add 10.0.0.2/24 dev eth0
      address add 10.0.0.3/24 dev eth0
      address add 198.51.100.7/25 dev eth0
      link set eth0 up
      tuntap add eth1 mode tap
      address add 203.0.113.7/28 dev eth1
      tuntap add eth2 mode tap
      address add 10.9.9.1 peer 192.0.2.77/32 dev eth2
      link set eth2 up
    `)
    refused({ address: '198.51.100.1/24' }, /the address 198\.51\.100\.7\/25 of eth0/)
    refused({ address: '203.0.113.1/24' }, /the address 203\.0\.113\.7\/28 of eth1/)
    refused({ address: '192.0.2.1/24' }, /192\.0\.2\.77\/32, the other end of eth2/)
    refused({ address: '10.9.9.2/30' }, /the address 10\.9\.9\.1 of eth2/)
    assert.equal(free(), '198.18.0.1/24')
  },

  'routes count that are wider, narrower, blackholes, of many ways, or in tables of their own': async () => {
    host(`
      tuntap add eth0 mode tap
      address add 10.0.0.2/24 dev eth0
      link set eth0 up
      route add 192.0.0.0/16 via 10.0.0.1
      route add 198.51.100.128/25 via 10.0.0.1 table 100
      route add blackhole 203.0.113.0/26
      route add 198.18.0.0/24 nexthop via 10.0.0.5 nexthop via 10.0.0.6
      route add unreachable 198.18.1.0/24 table 7
    `)
    refused({ address: '192.0.2.1/24' }, /the route to 192\.0\.0\.0\/16 on eth0/)
    refused({ address: '198.51.100.1/24' }, /the route to 198\.51\.100\.128\/25 on eth0/)
    refused({ address: '203.0.113.1/24' }, /the route to 203\.0\.113\.0\/26, blackhole/)
    refused({ address: '198.18.0.1/24' }, /the route to 198\.18\.0\.0\/24 on eth0/)
    refused({ address: '198.18.1.1/24' }, /the route to 198\.18\.1\.0\/24, unreachable/)
    refused({ address: '10.0.0.6/32' }, /the gateway 10\.0\.0\.6 of the route to 198\.18\.0\.0\/24 on eth0/)
    assert.equal(free(), '198.18.2.1/24')
  },

  'a gateway counts for which nothing else stands': async () => {
    host(`
      tuntap add eth0 mode tap
      address add 10.0.0.2/24 dev eth0
      link set eth0 up
      route add default via 192.0.2.1 dev eth0 onlink
    `)
    refused({ address: '192.0.2.200/24' }, /the gateway 192\.0\.2\.1 of the default route on eth0/)
    accepted({ address: '192.0.2.129/25' })
  },

  'the default route is no obstacle, nor its halves': async () => {
    host(`
      tuntap add eth0 mode tap
      address add 10.0.0.2/24 dev eth0
      link set eth0 up
      route add default via 10.0.0.1
      route add 0.0.0.0/1 via 10.0.0.1
      route add 128.0.0.0/1 via 10.0.0.1
      route add 192.0.0.0/3 via 10.0.0.1
    `)
    assert.equal(free(), '192.0.2.1/24')
    accepted({ address: '192.0.2.1/24' })
  },

  'a device of ours that is there is opened again with what it has': async () => {
    host(`
      tuntap add ours mode tun
      address add 192.0.2.1/24 dev ours
      link set ours up
      route add 10.0.0.0/8 via 192.0.2.2
      route add 203.0.113.9 dev ours
    `)
    accepted({ name: 'ours', address: '192.0.2.1/24' })
    openTun({ name: 'ours' }).close()
    // And with another address: only what others have is in the way.
    accepted({ name: 'ours', address: '10.0.0.1/24' })
    assert.match(tables(), /10\.0\.0\.0\/24 dev ours/)
  },

  'a device that is there does not become what another has': async () => {
    host(`${ETH0}
      tuntap add ours mode tun
      address add 192.0.2.1/24 dev ours
    `)
    // It has been given this while it was down; up, it would have the packets.
    refused({ name: 'ours' }, /the address 192\.0\.2\.2\/24 of eth0/)
    refused({ name: 'ours', address: '192.0.2.1/24' }, /the address 192\.0\.2\.2\/24 of eth0/)
    openTun({ name: 'ours', up: false }).close()
    host('link set ours up')
    // An administrator wants it so: nothing changes.
    openTun({ name: 'ours' }).close()
    openTun({ name: 'ours', address: '192.0.2.1/24' }).close()
    refused({ name: 'ours', address: '192.0.2.9/24' }, /eth0/)
  },

  'with very many routes, the one that matters is found': async () => {
    host('tuntap add eth0 mode tap\nlink set eth0 up')
    const many = Array.from({ length: 20_000 }, (_, n) => `route add 10.${n >> 8}.${n & 255}.0/24 dev eth0`)
    execFileSync('ip', ['-batch', '-'], { input: [...many, 'route add 192.0.2.64/26 dev eth0'].join('\n') })
    refused({ address: '192.0.2.1/24' }, /the route to 192\.0\.2\.64\/26 on eth0/)
    refused({ address: '10.78.31.1/24' }, /the route to 10\.78\.31\.0\/24/)
    assert.equal(networkInterfaces().tun0, undefined)
    accepted({ address: '198.51.100.1/24' })
  },
}

await runCase(cases)
