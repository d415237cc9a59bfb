import test from 'ava'
import { status } from '../../src/tcp/status.ts'
import { formatConnections, formatDuration } from '../../src/trace/connection-table.ts'
import { dialogue } from '../support/dialogue.ts'

test('durations as precise as matters', t => {
  t.deepEqual([0, 999, 1000, 59_949, 60_000, 200_000, 7_500_000].map(formatDuration), [
    '0ms',
    '999ms',
    '1.0s',
    '59.9s',
    '1min00s',
    '3min20s',
    '2h05min',
  ])
})

test('a line for each connection, aligned; a CLOSE_WAIT that is old is marked', t => {
  const d = dialogue()
  const user = d.established()
  user.reading = false
  d.receives('P. 1:11(10) ack 1')
  d.receives('F. 11:11(0) ack 1')
  d.after(61_000)
  t.is(
    formatConnections([status(user.connection!)]),
    [
      'State         Recv-Q  Send-Q  Local         Peer             Age      Timer',
      'CLOSE_WAIT !      10       0  192.0.2.2:80  192.0.2.1:40000  1min01s',
      '! 1 in CLOSE_WAIT for over a minute: the peer has closed, the program here has not',
    ].join('\n'),
  )
  t.regex(
    formatConnections([status(user.connection!)], { extended: true }),
    /rto:1000 mss:1460 pmtu:1500 cwnd:10 /,
  )
})
