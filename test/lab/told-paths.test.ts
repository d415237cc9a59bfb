/** The words of the kernel's tracepoint, and the cases in which they are what a capture shows. */
import test from 'ava'
import { parseTraceLine } from '../../src/lab/kernel/state-trace.ts'
import { isSamePath, toldPaths } from '../../src/lab/kernel/told-paths.ts'
import type { State } from '../../src/tcp/state.ts'

const line = (time: string, sport: number, dport: number, from: string, to: string): string =>
  `       lab-actor-4711    [001] ..s1.  ${time}: inet_sock_set_state: family=AF_INET protocol=IPPROTO_TCP sport=${sport} dport=${dport} saddr=198.18.0.1 daddr=198.18.0.2 saddrv6=::ffff:198.18.0.1 daddrv6=::ffff:198.18.0.2 oldstate=${from} newstate=${to}`

test('a line of the tracepoint', t => {
  t.deepEqual(parseTraceLine(line('123.456789', 4000, 80, 'TCP_FIN_WAIT1', 'TCP_FIN_WAIT2')), {
    time: 123456.789,
    local: '198.18.0.1:4000',
    remote: '198.18.0.2:80',
    from: 'FIN_WAIT_1',
    to: 'FIN_WAIT_2',
  })
  t.is(parseTraceLine('CPU:1 [LOST 3 EVENTS]'), null)
})

test('a line about a socket of IPv6: its addresses are the last two', t => {
  const ofIpv6 = line('1.5', 4000, 80, 'TCP_SYN_SENT', 'TCP_ESTABLISHED')
    .replace('AF_INET ', 'AF_INET6 ')
    .replace(
      /saddr=\S+ daddr=\S+ saddrv6=\S+ daddrv6=\S+/,
      'saddr=0.0.0.0 daddr=0.0.0.0 saddrv6=2001:2:0:7::1 daddrv6=2001:2:0:7::2',
    )
  t.like(parseTraceLine(ofIpv6), { local: '[2001:2:0:7::1]:4000', remote: '[2001:2:0:7::2]:80' })
})

test('transitions are sorted by connection; the first one has no ports yet, and ports come again', t => {
  const told = [
    line('1.0', 0, 80, 'TCP_CLOSE', 'TCP_SYN_SENT'),
    line('1.1', 4000, 80, 'TCP_SYN_SENT', 'TCP_ESTABLISHED'),
    line('1.2', 4001, 80, 'TCP_SYN_RECV', 'TCP_ESTABLISHED'),
    line('1.3', 4000, 80, 'TCP_ESTABLISHED', 'TCP_CLOSE'),
    line('2.0', 4000, 80, 'TCP_CLOSE', 'TCP_SYN_SENT'),
    line('2.1', 4000, 80, 'TCP_SYN_SENT', 'TCP_CLOSE'),
  ].map(text => parseTraceLine(text)!)
  t.deepEqual(
    toldPaths(told).map(({ local, states, time }) => [local, states.join(' '), time]),
    [
      ['198.18.0.1:4000', 'CLOSED SYN_SENT ESTABLISHED CLOSED', 1300],
      ['198.18.0.1:4001', 'LISTEN SYN_RECEIVED ESTABLISHED', 1200],
      ['198.18.0.1:4000', 'CLOSED SYN_SENT CLOSED', 2100],
    ],
  )
})

const path = (text: string): State[] => text.split(' ') as State[]

test('the kernel has no socket in TIME_WAIT, takes a FIN that acknowledges for two steps, and tells of timeouts', t => {
  const same = (shown: string, told: string): boolean => isSamePath(path(shown), path(told))
  t.true(same('ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT', 'ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 CLOSED'))
  t.true(same('ESTABLISHED FIN_WAIT_1 TIME_WAIT', 'ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 CLOSED'))
  t.true(same('ESTABLISHED FIN_WAIT_1 CLOSING TIME_WAIT', 'ESTABLISHED FIN_WAIT_1 CLOSING CLOSED'))
  t.true(same('CLOSED SYN_SENT', 'CLOSED SYN_SENT CLOSED'))
  t.true(same('ESTABLISHED CLOSE_WAIT', 'ESTABLISHED CLOSE_WAIT'))
  t.false(same('ESTABLISHED CLOSE_WAIT LAST_ACK CLOSED', 'ESTABLISHED CLOSE_WAIT CLOSED'))
  t.false(same('ESTABLISHED FIN_WAIT_1 CLOSING TIME_WAIT', 'ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 CLOSED'))
  t.false(same('ESTABLISHED FIN_WAIT_1 FIN_WAIT_2', 'ESTABLISHED FIN_WAIT_1'))
  t.false(same('ESTABLISHED CLOSED', 'ESTABLISHED'))
})
