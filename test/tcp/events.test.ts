import test from 'ava'
import * as users from '../../src/tcp/block/connection-user.ts'
import { TcpError } from '../../src/tcp/block/error.ts'
import { packetReader, type TraceSink } from '../../src/tcp/block/events.ts'
import { NO_TIMER } from '../../src/tcp/block/timer.ts'

test('who reads of connections alone is told of no packets; all others are', t => {
  const all: TraceSink = () => {}
  const some: TraceSink = Object.assign(() => {}, { ofConnections: true })
  const asked: TraceSink = Object.assign(() => {}, { ofConnections: false })
  t.is(packetReader(all), all)
  t.is(packetReader(asked), asked)
  t.is(packetReader(some), null)
  t.is(packetReader(null), null)
})

test('an error names the call, its code and, where it is known, the address', t => {
  t.is(new TcpError('ECONNREFUSED', 'connect', '192.0.2.1', 80).message, 'connect ECONNREFUSED 192.0.2.1:80')
  t.is(new TcpError('EPIPE', 'write').message, 'write EPIPE')
  t.is(new TcpError('EADDRINUSE', 'listen', '/run/socket').message, 'listen EADDRINUSE /run/socket:')
  t.is(new TcpError('EPIPE', 'write', undefined, undefined, 'why').message, 'write EPIPE: why')
})

test('each notice for a user is a bit of its own, the most important one the lowest', t => {
  const notices = [
    users.NOTICE_ESTABLISHED,
    users.NOTICE_SOFT_ERROR,
    users.NOTICE_USER_TIMEOUT,
    users.NOTICE_URGENT,
    users.NOTICE_READABLE,
    users.NOTICE_WRITABLE,
    users.NOTICE_CLOSED,
  ]
  t.deepEqual(
    notices,
    notices.map((_, n) => 2 ** n),
  )
  t.like(NO_TIMER, { armed: false, deadline: 0 })
})
