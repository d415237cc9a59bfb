import test from 'ava'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { examineOurs } from './bench.ts'

/** Settings that break a rule each, and the checks that must notice. */
const SETTINGS: readonly (readonly [Partial<TcpOptions>, readonly string[]])[] = [
  [{ timestamps: false }, ['timestamps-answered']],
  [{ windowScaling: false }, ['wscale-answered']],
  [{ sack: false }, ['sack-permitted']],
  [{ initialWindow: 30 }, ['initial-window']],
  [{ minRto: 200 }, ['retransmission-not-too-soon']],
  [{ initialRto: 200 }, ['syn-ack-first-timeout', 'dial-syn-retransmitted']],
  [{ synAckRetries: 0 }, ['syn-ack-retransmitted']],
  [{ retries: 3 }, ['retransmission-goes-on']],
  [{ msl: 1000 }, ['time-wait-lasts']],
  [{ pathMtuDiscovery: false }, ['do-not-fragment']],
  [{ minMss: 1 }, ['mss-tiny-not-obeyed']],
  [{ challengeAcks: 1000 }, ['challenges-rationed']],
  [{ keepAlive: true, keepAliveIdle: 2000 }, ['keep-alive-not-by-itself']],
  [{ reassemblySegments: 1 }, ['sack-repeats']],
  [{ noDelay: true }, ['small-text-held']],
  [{ timeWaitIgnoresRst: false }, []],
]

for (const [tcp, expected] of SETTINGS)
  test(`${JSON.stringify(tcp)} is noticed: ${expected.join(', ') || 'nothing is wrong with it'}`, async t => {
    const only = expected.length > 0 ? expected : ['rst-exact-in-time-wait']
    const { results } = await examineOurs({ tcp, only })
    t.deepEqual(
      results
        .filter(({ verdict }) => verdict === 'differs')
        .map(({ id }) => id)
        .sort(),
      [...expected].sort(),
    )
  })
