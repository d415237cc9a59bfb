import test from 'ava'
import { LinuxProfile } from '../../src/posix/linux-profile.ts'

test('the defaults of a Linux kernel', t => {
  t.like(new LinuxProfile().options, {
    synRetries: 6,
    synAckRetries: 5,
    retries: 15,
    finWait2Timeout: 60_000,
    keepAliveIdle: 7_200_000,
    minRttMargin: 200,
    delayedAck: 40,
    receiveBuffer: 65_536,
    maxReceiveBuffer: 33_554_432,
    sendBuffer: 16_384,
    ecn: 'passive',
    congestionControl: 'linux-cubic',
    lossDetection: 'rack',
    orphanProbes: 8,
    mtuProbing: 'off',
    synLinearTimeouts: 4,
    challengeAcks: 1,
    challengeInterval: 500,
  })
})

test('sysctls by their names, their paths, and with slashes', t => {
  const profile = new LinuxProfile()
  t.true(profile.set('net.ipv4.tcp_fin_timeout', '30'))
  t.true(profile.set('/proc/sys/net/ipv4/tcp_rmem', '4096 540000 15728640'))
  t.true(profile.set('net/ipv4/tcp_ecn', '1'))
  t.true(profile.set('tcp_recovery', '0'))
  t.true(profile.set('tcp_early_retrans', '0'))
  t.true(profile.set('tcp_rto_min_us', '50000'))
  t.like(profile.options, {
    finWait2Timeout: 30_000,
    receiveBuffer: 270_000,
    maxReceiveBuffer: 15_728_640,
    ecn: 'on',
    lossDetection: 'sack',
    tailLossProbe: false,
    minRttMargin: 50,
  })
  t.is(profile.get('tcp_fin_timeout'), '30')
})

test('what the stack has nothing for is named; what is out of bounds throws', t => {
  const profile = new LinuxProfile()
  t.false(profile.set('net.ipv4.tcp_no_such', '1'))
  t.deepEqual([...profile.unsupported], ['tcp_no_such'])
  t.true(profile.set('tcp_retries2', '1000'))
  t.throws(() => profile.options, { instanceOf: RangeError, message: /retries must be from 1 to 255/ })
})

test('options of the stack that have no sysctl, as their types have them', t => {
  const profile = new LinuxProfile()
  t.true(profile.set('tuntcp.answersUnsentAck', '1'))
  t.true(profile.set('tuntcp.challengeAcks', '7'))
  t.true(profile.set('tuntcp.lossDetection', 'sack'))
  t.true(profile.set('tuntcp.resetKeepsText', '0'))
  t.like(profile.options, {
    answersUnsentAck: true,
    challengeAcks: 7,
    lossDetection: 'sack',
    resetKeepsText: false,
  })
  t.false(profile.set('tuntcp.nonsense', '1'))
  t.false(profile.set('tuntcp.toString', '1'))
})
