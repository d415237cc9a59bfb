/** Values of options that a header's field, or an RFC, bounds. */
import test from 'ava'
import { type TcpOptions, tcpOptions } from '../../src/tcp/block/options.ts'

const taken = (options: Partial<TcpOptions>): boolean => {
  try {
    tcpOptions(options)
    return true
  } catch {
    return false
  }
}

test('what a field cannot hold, and what an RFC does not allow, is refused; its bounds are taken', t => {
  const bounds: readonly (readonly [keyof TcpOptions, number, number, string])[] = [
    ['ttl', 1, 255, 'an octet (RFC 791), and 0 never leaves'],
    ['trafficClass', 0, 252, 'six bits of DSCP above the two of ECN'],
    ['maxSegment', 0, 65_535, 'the field of the MSS option'],
    ['minMss', 1, 536, 'a peer without the option has 536'],
    ['advertisedUserTimeout', 0, 32_767 * 60_000, '15 bits of minutes (RFC 5482 §3)'],
    ['delayedAck', 0, 499, 'MUST-40: less than half a second'],
    ['swsOverride', 0, 1000, 'RFC 9293 §3.8.6.2.1: a second at most'],
    ['receiveBuffer', 256, 2 ** 30, 'the largest scaled window (RFC 7323 §2.3)'],
    ['maxReceiveBuffer', 256, 2 ** 30, 'likewise'],
    ['windowClamp', 0, 2 ** 30, 'likewise'],
    ['initialRto', 1, 60_000, 'a minute'],
    ['minRto', 1, 60_000, 'a minute'],
    ['retries', 1, 255, 'an octet'],
    ['softRetries', 1, 255, 'an octet'],
    ['synRetries', 0, 255, 'an octet'],
    ['synAckRetries', 0, 255, 'an octet'],
    ['keepAliveCount', 1, 255, 'an octet'],
    ['keepAliveInterval', 1, 2 ** 31, 'what a timer bears'],
    ['userTimeout', 0, 2 ** 31, 'what a timer bears'],
    ['maxRto', 1, 2 ** 31, 'what a timer bears'],
    ['notSentLowWater', 0, 2 ** 31, 'as Linux'],
    ['backlog', 1, 65_535, 'as Linux'],
    ['initialWindow', 1, 1000, 'segments'],
    ['minPathMtu', 68, 65_535, 'RFC 791, likewise'],
    ['baseMtu', 68, 65_535, 'RFC 791: the least datagram that all carry, and the largest'],
  ]
  // A value at a bound need not go together with the others' defaults: those that speak of the same are moved along.
  const along = (name: keyof TcpOptions, value: number): Partial<TcpOptions> => {
    if (name === 'receiveBuffer') return { maxReceiveBuffer: Math.max(value, 256) }
    if (name === 'maxReceiveBuffer') return { receiveBuffer: Math.min(value, 65_536) }
    if (name === 'minRto' || name === 'initialRto') return { minRto: 1, maxRto: 120_000 }
    if (name === 'maxRto') return { minRto: 1, initialRto: 1 }
    if (name === 'minPathMtu') return { baseMtu: value }
    if (name === 'baseMtu') return { minPathMtu: 68 }
    if (name === 'softRetries') return { retries: 255 }
    if (name === 'retries') return { softRetries: 1 }
    return {}
  }
  for (const [name, least, most, why] of bounds) {
    for (const value of [least, most])
      t.true(taken({ ...along(name, value), [name]: value }), `${name} ${value}: ${why}`)
    for (const value of [least - 1, most + 1])
      t.false(taken({ ...along(name, value), [name]: value }), `${name} ${value}: ${why}`)
  }
})
