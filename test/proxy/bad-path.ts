/** A path on which everything befalls packets at once, for tests that no byte is another one behind it. */
import { createHash } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import { nodeClock } from '../../src/net/node-clock.ts'
import type { TcpProxy } from '../../src/proxy/proxy.ts'
import { SocksProxy } from '../../src/proxy/socks/front.ts'
import { LOOPBACK, proxyOf } from './support.ts'

/** TCPs that find losses soon, as the path has hardly any delay. */
export const FAST = { initialRto: 50, minRto: 20 }
export const BAD = { loss: '5%', reorder: '5%', reorderDelay: '2ms', duplicate: '2%', corrupt: '2%' } as const

export const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** A proxy before a server of this machine, at such a path; gone with the test. */
export const behind = async (
  t: ExecutionContext,
  target: number,
): Promise<{ readonly proxy: TcpProxy; readonly port: number }> => {
  const proxy = await proxyOf(t, { host: LOOPBACK, port: target }, { tcp: FAST })
  proxy.passage.faults.change(BAD)
  return { proxy, port: (proxy.listen as { port: number }).port }
}

/** A place for SOCKS5 and CONNECT before such a path, gone with the test. @returns its port */
export const socksBehind = async (t: ExecutionContext): Promise<number> => {
  const socks = new SocksProxy({
    clock: nodeClock,
    seed: 7,
    listen: { host: LOOPBACK, port: 0 },
    login: null,
    tcp: FAST,
  })
  await socks.start()
  t.teardown(() => socks.close())
  socks.passage.faults.change(BAD)
  return (socks.listen as { port: number }).port
}

/** Asserts that packets were lost, and came twice, late, and corrupt. */
export const wasBad = (t: ExecutionContext, { passage }: TcpProxy): void => {
  const { upstream, downstream } = passage.show().counters
  for (const name of ['corrupted', 'duplicated', 'reordered'] as const)
    t.true(upstream![name] + downstream![name] > 0, name)
  t.true(upstream!.lost.random + downstream!.lost.random > 0)
}
