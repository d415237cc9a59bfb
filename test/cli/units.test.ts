import test from 'ava'
import { memorySettings, tcpSettings } from '../../src/cli/stack-options.ts'
import { DEFAULT_TCP_OPTIONS } from '../../src/tcp/block/options.ts'

test('times and sizes of the TCP may have their units, and counts have none', t => {
  t.deepEqual(
    tcpSettings(['msl=30s', 'keepAliveIdle=2h', 'receiveBuffer=64KiB', 'minRto=200', 'maxSegment=1kB']),
    {
      msl: 30_000,
      keepAliveIdle: 7_200_000,
      receiveBuffer: 65_536,
      minRto: 200,
      maxSegment: 1000,
    },
  )
  for (const wrong of ['retries=3s', 'msl=3kB', 'receiveBuffer=3s', 'msl=-1s', 'receiveBuffer=2GiB'])
    t.throws(() => tcpSettings([wrong]), undefined, wrong)
})

test('whatever is a time or a size by its default takes units', t => {
  // Counts, probabilities of nothing: what is left over is looked at by eye here.
  const takesUnits = (name: string): boolean => {
    for (const text of ['100ms', '1000B'])
      try {
        tcpSettings([`${name}=${text}`])
        return true
      } catch (error) {
        if (!/whole number/.test((error as Error).message)) return true
      }
    return false
  }
  const numbers = Object.entries(DEFAULT_TCP_OPTIONS).filter(([, value]) => typeof value === 'number')
  const large = numbers.filter(([, value]) => (value as number) >= 10_000).map(([name]) => name)
  t.deepEqual(
    large.filter(name => !takesUnits(name)),
    ['timeWaitRecords'],
  )
})

test('sizes and times of the memory have units, too', t => {
  t.deepEqual(memorySettings(['high=1GiB', 'low=100000', 'peerBytes=2MB', 'orphanTime=2min', 'orphans=20']), {
    high: 2 ** 30,
    low: 100_000,
    peerBytes: 2_000_000,
    orphanTime: 120_000,
    orphans: 20,
  })
  for (const [wrong, message] of [
    ['high', "--memory takes NAME=VALUE, such as high=256MiB, not 'high'"],
    ['hihg=1GiB', "there is no memory option 'hihg' (did you mean 'high'?)"],
    ['orphans=1kB', "memory option orphans must be a whole number from 0 to 2147483648, not '1kB'"],
    ['high=1', 'memory option high must be from 65536 bytes, not 1'],
  ] as const)
    t.throws(() => memorySettings([wrong]), { message: text => text.includes(message) }, wrong)
  t.throws(() => memorySettings(['high=1min']), { message: /memory option high.*Received '1min'/ })
})
