/** A target's name that has several addresses, of both families. */
import dns from 'node:dns'
import { once } from 'node:events'
import net from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { connectTo, deadPort, endOf, LOOPBACK, next, proxyOf } from './support.ts'

const NAME = 'both.example'
const IPV4 = { address: LOOPBACK, family: 4 }
const IPV6 = { address: '::1', family: 6 }

/** The resolver's answer for {@link NAME}: the order in which net.connect tries its addresses. */
const resolvedTo = (t: ExecutionContext, ...addresses: readonly dns.LookupAddress[]): void => {
  const real = dns.lookup
  const lookup = (name: string, options: dns.LookupOptions, done: (...answer: unknown[]) => void) => {
    if (name === NAME) done(null, addresses)
    else (real as unknown as typeof lookup)(name, options, done)
  }
  dns.lookup = lookup as unknown as typeof dns.lookup
  t.teardown(() => {
    dns.lookup = real
  })
}

/** A server at one of the addresses, and at none of the others. */
const serverAt = async (t: ExecutionContext, host: string): Promise<number> => {
  const server = net.createServer(socket => socket.on('error', () => {}).end(host))
  server.listen({ host, port: 0, ipv6Only: true })
  await once(server, 'listening')
  t.teardown(() => server.close())
  return (server.address() as net.AddressInfo).port
}

for (const [first, second] of [
  [IPV6, IPV4],
  [IPV4, IPV6],
] as const)
  test.serial(`${first.address} takes no connection, and ${second.address} does`, async t => {
    resolvedTo(t, first, second)
    const told: string[] = []
    const proxy = await proxyOf(
      t,
      { host: NAME, port: await serverAt(t, second.address) },
      { unreachable: target => told.push(target) },
    )
    t.is(await next(connectTo(t, proxy)), second.address)
    t.deepEqual(told, [])
  })

test.serial('none of the addresses takes a connection: one refusal, which tells of all', async t => {
  resolvedTo(t, IPV6, IPV4)
  const told: string[] = []
  const proxy = await proxyOf(
    t,
    { host: NAME, port: await deadPort(t) },
    {
      unreachable: (_, error) => {
        for (const { code, address } of (error as AggregateError).errors) told.push(`${code} ${address}`)
      },
    },
  )
  t.is(await endOf(connectTo(t, proxy)), 'ECONNRESET')
  t.deepEqual(told, ['ECONNREFUSED ::1', `ECONNREFUSED ${LOOPBACK}`])
})
