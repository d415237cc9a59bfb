import test from 'ava'
import { DEFAULT_TCP_OPTIONS, type TcpOptions, tcpOptions } from '../../src/tcp/block/options.ts'

const { noDelay } = DEFAULT_TCP_OPTIONS

test('connections that ask for the same share their options', t => {
  const host = tcpOptions({ msl: 5 })
  const one = tcpOptions({ noDelay: true, ttl: 9 }, host)
  t.is(tcpOptions({ ttl: 9, noDelay: true }, host), one)
  t.like(one, { noDelay: true, ttl: 9, msl: 5 })
})

test('who asks for more, for less or for something else has other options', t => {
  const host = tcpOptions({ msl: 6 })
  t.like(tcpOptions({ noDelay: true }, host), { noDelay: true, msl: 6 })
  t.like(tcpOptions({ noDelay: true, ttl: 9 }, host), { noDelay: true, ttl: 9, msl: 6 })
  t.like(tcpOptions({ ttl: 9 }, host), { noDelay, ttl: 9, msl: 6 })
  t.like(tcpOptions({ ttl: 10 }, host), { noDelay, ttl: 10, msl: 6 })
  t.is(tcpOptions({}, host), host)
})

test('who changes what was asked with is asking for something else next time', t => {
  const host = tcpOptions({ msl: 7 })
  const asked: Partial<TcpOptions> = { ttl: 9 }
  tcpOptions(asked, host)
  asked.ttl = 10
  t.is(tcpOptions(asked, host).ttl, 10)
})

test('options that are shared cannot be changed', t => {
  const options = tcpOptions({ ttl: 9 }) as TcpOptions
  t.throws(() => Object.assign(options, { ttl: 10 }), { instanceOf: TypeError })
})
