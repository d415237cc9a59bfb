import test from 'ava'
import { TcpError } from '../../src/tcp/block/error.ts'
import { packetReader, type TraceSink } from '../../src/tcp/block/events.ts'

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
})
