/** Sockets as a C programmer expects them: two hosts, 5 ms apart, in virtual time. */
import test from 'ava'
import type { Call, Result } from '../../src/posix/call.ts'
import {
  MSG_DONTWAIT,
  MSG_PEEK,
  MSG_WAITALL,
  O_NONBLOCK,
  O_RDWR,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLNVAL,
  POLLOUT,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
} from '../../src/posix/constants.ts'
import { PosixError } from '../../src/posix/errno.ts'
import { Sockets } from '../../src/posix/sockets.ts'
import type { VirtualClock } from '../../src/sim/virtual-clock.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { B, twoHosts } from '../support/two-hosts.ts'

const PORT = 80
const SERVER = { address: B, port: PORT }

/** The value, or the errno's name. */
const said = <T>(result: Result<T> | null): T | string | null =>
  result === null ? null : result.ok ? result.value : result.errno

interface Pair {
  readonly clock: VirtualClock
  readonly client: Sockets
  readonly server: Sockets
  /** Lets time pass until the call has a result. */
  readonly wait: <T>(call: Call<T>) => T | string | null
}

const pair = (tcp: Partial<TcpOptions> = {}): Pair => {
  const { clock, a, b } = twoHosts(1, { delay: 5 }, tcp)
  const wait = <T>(call: Call<T>): T | string | null => {
    while (call.result === null && clock.step(clock.now() + 600_000));
    return said(call.result)
  }
  return { clock, client: new Sockets(a), server: new Sockets(b), wait }
}

interface Connected extends Pair {
  /** Descriptors of the connection on both sides. */
  readonly c: number
  readonly s: number
  readonly listener: number
}

const listening = ({ server }: Pair): number => {
  const fd = said(server.socket()) as number
  server.bind(fd, SERVER)
  server.listen(fd, 10)
  return fd
}

const connected = (tcp: Partial<TcpOptions> = {}): Connected => {
  const p = pair(tcp)
  const listener = listening(p)
  const c = said(p.client.socket()) as number
  p.wait(p.client.connect(c, SERVER))
  const s = p.wait(p.server.accept(listener)) as number
  return { ...p, c, s, listener }
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (given: Uint8Array | string | null): string =>
  typeof given === 'string' || given === null ? String(given) : new TextDecoder().decode(given)

test('descriptors are the lowest that are free, and EBADF is one that there is not', t => {
  const { client } = pair()
  t.deepEqual([said(client.socket()), said(client.socket()), said(client.socket())], [3, 4, 5])
  t.is(said(client.close(4).result), undefined)
  t.is(said(client.socket()), 4)
  const gone = 9
  t.deepEqual(
    [
      said(client.close(gone).result),
      said(client.read(gone, 1).result),
      said(client.write(gone, bytes('a')).result),
      said(client.listen(gone, 1)),
      said(client.bind(gone, SERVER)),
      said(client.connect(gone, SERVER).result),
      said(client.accept(gone).result),
      said(client.shutdown(gone, SHUT_WR)),
      said(client.fcntl(gone, 'F_GETFL')),
      said(client.ioctl(gone, 'SIOCINQ')),
      said(client.setsockopt(gone, 'TCP_NODELAY', 1)),
      said(client.getsockopt(gone, 'TCP_NODELAY')),
    ],
    Array(12).fill('EBADF'),
  )
})

test('a blocking connect() and accept() return when the handshake is over, one and a half round trips apart', t => {
  const p = pair()
  const listener = listening(p)
  const accepting = p.server.accept(listener)
  const c = said(p.client.socket()) as number
  const connecting = p.client.connect(c, SERVER)
  t.is(accepting.result, null)
  t.is(p.wait(connecting), undefined)
  t.is(p.clock.now(), 10)
  t.is(p.wait(accepting), 4)
  t.is(p.clock.now(), 15)
  t.is(said(p.client.connect(c, SERVER).result), 'EISCONN')
  t.like(said(p.client.getpeername(c)) as object, SERVER)
  t.like(said(p.server.getsockname(4)) as object, SERVER)
})

test('a connect() that does not block: EINPROGRESS, EALREADY, then success, then EISCONN', t => {
  const p = pair()
  listening(p)
  const c = said(p.client.socket()) as number
  p.client.fcntl(c, 'F_SETFL', O_NONBLOCK)
  t.is(said(p.client.fcntl(c, 'F_GETFL')), O_RDWR | O_NONBLOCK)
  t.is(said(p.client.connect(c, SERVER).result), 'EINPROGRESS')
  t.is(said(p.client.connect(c, SERVER).result), 'EALREADY')
  t.is(said(p.client.write(c, bytes('a')).result), 'EAGAIN')
  p.clock.advance(20)
  t.is(said(p.client.connect(c, SERVER).result), undefined)
  t.is(said(p.client.connect(c, SERVER).result), 'EISCONN')
})

test('a refusal is told once, by whatever asks first', t => {
  const p = pair()
  const c = said(p.client.socket()) as number
  t.is(p.wait(p.client.connect(c, SERVER)), 'ECONNREFUSED')
  t.is(said(p.client.getsockopt(c, 'SO_ERROR')), 0)
  const d = said(p.client.socket()) as number
  p.client.fcntl(d, 'F_SETFL', O_NONBLOCK)
  p.client.connect(d, SERVER)
  p.clock.advance(20)
  t.is(said(p.client.getsockopt(d, 'SO_ERROR')), 111)
  t.is(said(p.client.getsockopt(d, 'SO_ERROR')), 0)
  t.is(said(p.client.write(d, bytes('a')).result), 'EPIPE')
})

test('read() takes what there is, in any portions; MSG_WAITALL waits, MSG_PEEK leaves, MSG_DONTWAIT does not wait', t => {
  const { client, server, wait, clock, c, s } = connected()
  wait(client.write(c, bytes('hello world')))
  t.is(said(server.recv(s, 5, MSG_DONTWAIT).result), 'EAGAIN')
  clock.advance(10)
  t.is(said(server.ioctl(s, 'SIOCINQ')), 11)
  t.is(text(wait(server.recv(s, 4, MSG_PEEK))), 'hell')
  t.is(text(wait(server.read(s, 5))), 'hello')
  t.is(said(server.ioctl(s, 'SIOCINQ')), 6)
  t.is(text(wait(server.read(s, 100))), ' world')
  const all = server.recv(s, 6, MSG_WAITALL)
  wait(client.write(c, bytes('abc')))
  clock.advance(100)
  t.is(all.result, null)
  wait(client.write(c, bytes('defg')))
  t.is(text(wait(all)), 'abcdef')
})

test('a blocking write() returns when all is taken; one that does not block takes what there is room for', t => {
  const { client, server, wait, clock, c, s } = connected({ sendBuffer: 10_000, receiveBuffer: 20_000 })
  const big = new Uint8Array(100_000)
  const writing = client.write(c, big)
  clock.advance(1000)
  t.is(writing.result, null)
  let read = 0
  while (writing.result === null) read += (wait(server.read(s, 5000)) as Uint8Array).length
  t.is(said(writing.result), 100_000)
  while (read < 100_000) read += (wait(server.read(s, 5000)) as Uint8Array).length
  client.fcntl(c, 'F_SETFL', O_NONBLOCK)
  clock.advance(1000)
  t.is(said(client.write(c, big).result), 10_000)
  t.is(said(client.write(c, big).result), 'EAGAIN')
  t.is(said(client.ioctl(c, 'SIOCOUTQ')), 10_000)
})

test('what is written may be changed afterwards: it was copied', t => {
  const { client, server, wait, c, s } = connected()
  const data = bytes('before')
  wait(client.write(c, data))
  data.set(bytes('behind'))
  t.is(text(wait(server.read(s, 10))), 'before')
})

test('pieces leave as one', t => {
  const { client, server, wait, c, s } = connected()
  t.is(wait(client.sendmsg(c, [bytes('ab'), bytes(''), bytes('cd')])), 4)
  t.is(text(wait(server.read(s, 10))), 'abcd')
})

test('the end: shutdown() gives end of file, and EPIPE to who writes; close() frees the descriptor', t => {
  const { client, server, wait, c, s } = connected()
  t.is(said(client.shutdown(c, SHUT_WR)), undefined)
  t.is(said(client.write(c, bytes('a')).result), 'EPIPE')
  t.is(text(wait(server.read(s, 10))), '')
  wait(server.write(s, bytes('still')))
  t.is(text(wait(client.read(c, 10))), 'still')
  t.is(said(client.shutdown(c, SHUT_RD)), undefined)
  t.is(text(wait(client.read(c, 10))), '')
  t.is(wait(server.close(s)), undefined)
  t.is(wait(client.close(c)), undefined)
  t.is(said(client.read(c, 1).result), 'EBADF')
})

test('who blocks in read() is woken by the end and by a shutdown of its own', t => {
  const { client, server, wait, c, s } = connected()
  const reading = server.read(s, 10)
  const own = client.read(c, 10)
  client.shutdown(c, SHUT_RDWR)
  t.is(text(said(own.result)), '')
  t.is(text(wait(reading)), '')
})

test('a reset: ECONNRESET once, then end of file, and EPIPE', t => {
  const { client, server, wait, clock, c, s } = connected()
  const reading = server.read(s, 10)
  client.setsockopt(c, 'SO_LINGER', { onoff: 1, linger: 0 })
  wait(client.close(c))
  t.is(wait(reading), 'ECONNRESET')
  clock.advance(10)
  t.is(text(wait(server.read(s, 10))), '')
  t.is(said(server.write(s, bytes('a')).result), 'EPIPE')
})

test('with SO_LINGER close() waits for the last acknowledgment, but no longer than it says', t => {
  const { client, clock, wait, c } = connected()
  t.is(said(client.setsockopt(c, 'SO_LINGER', { onoff: 1, linger: 2 })), undefined)
  t.deepEqual(said(client.getsockopt(c, 'SO_LINGER')), { onoff: 1, linger: 2 })
  wait(client.write(c, bytes('abc')))
  const before = clock.now()
  t.is(wait(client.close(c)), undefined)
  // The peer's ACK of the FIN waits for its own CLOSE.
  t.is(clock.now() - before, 10 + 40)
  const other = connected({ receiveBuffer: 1000 })
  other.client.setsockopt(other.c, 'SO_LINGER', { onoff: 1, linger: 2 })
  other.wait(other.client.write(other.c, new Uint8Array(5000)))
  const start = other.clock.now()
  t.is(other.wait(other.client.close(other.c)), undefined)
  t.is(other.clock.now() - start, 2000)
})

test('times for blocking end it with EAGAIN', t => {
  const { client, clock, wait, c } = connected()
  client.setsockopt(c, 'SO_RCVTIMEO', 300)
  const before = clock.now()
  t.is(wait(client.read(c, 10)), 'EAGAIN')
  t.is(clock.now() - before, 300)
})

test('poll() says what is ready, waits for it, and ends in time', t => {
  const { client, server, clock, wait, c, s, listener } = connected()
  const one = (fd: number, events: number) => [{ fd, events, revents: 0 }]
  const out = one(c, POLLIN | POLLOUT)
  t.is(said(client.poll(out, -1).result), 1)
  t.is(out[0]!.revents, POLLOUT)
  const idle = one(c, POLLIN)
  const before = clock.now()
  t.is(wait(client.poll(idle, 50)), 0)
  t.is(clock.now() - before, 50)
  const both = [...one(s, POLLIN), ...one(listener, POLLIN), ...one(77, POLLIN)]
  t.is(wait(server.poll(both, 0)), 1)
  t.is(both[2]!.revents, POLLNVAL)
  const two = both.slice(0, 2)
  const polling = server.poll(two, -1)
  wait(client.write(c, bytes('x')))
  t.is(wait(polling), 1)
  t.deepEqual(
    two.map(entry => entry.revents),
    [POLLIN, 0],
  )
  client.setsockopt(c, 'SO_LINGER', { onoff: 1, linger: 0 })
  wait(client.close(c))
  clock.advance(10)
  const end = one(s, 0)
  t.is(said(server.poll(end, 0).result), 1)
  t.is(end[0]!.revents, POLLERR | POLLHUP)
})

test('options: buffers double, times are in seconds, a listener’s are its connections’', t => {
  const p = pair()
  const listener = listening(p)
  const set = (name: string, value: number | string) => said(p.server.setsockopt(listener, name, value))
  const get = (fd: number, name: string) => said(p.server.getsockopt(fd, name))
  t.is(set('SO_SNDBUF', 20_000), undefined)
  t.is(get(listener, 'SO_SNDBUF'), 40_000)
  t.is(set('SO_RCVBUF', 1), undefined)
  t.is(get(listener, 'SO_RCVBUF'), 2304)
  t.is(set('TCP_MAXSEG', 700), undefined)
  t.is(set('TCP_KEEPIDLE', 30), undefined)
  t.is(set('TCP_NODELAY', 1), undefined)
  t.is(set('TCP_CONGESTION', 'reno'), undefined)
  t.is(set('TCP_CONGESTION', 'no such'), 'ENOPROTOOPT')
  t.is(set('TCP_MAXSEG', 5), 'EINVAL')
  t.is(set('TCP_NO_SUCH', 1), 'ENOPROTOOPT')
  t.is(get(listener, 'TCP_NO_SUCH'), 'ENOPROTOOPT')
  t.is(get(listener, 'SO_ACCEPTCONN'), 1)
  const c = said(p.client.socket()) as number
  p.wait(p.client.connect(c, SERVER))
  const s = p.wait(p.server.accept(listener)) as number
  t.deepEqual(
    ['SO_SNDBUF', 'TCP_KEEPIDLE', 'TCP_NODELAY', 'TCP_CONGESTION'].map(name => get(s, name)),
    [40_000, 30, 1, 'reno'],
  )
  // Timestamps take 12 bytes of each segment.
  t.is(get(s, 'TCP_MAXSEG'), 688)
  t.is(said(p.client.getsockopt(c, 'TCP_MAXSEG')), 688)
})

test('errors of bind() and listen()', t => {
  const p = pair()
  listening(p)
  const other = said(p.server.socket()) as number
  t.is(said(p.server.bind(other, SERVER)), 'EADDRINUSE')
  t.is(said(p.server.bind(other, { address: 0x01020304, port: 1 })), 'EADDRNOTAVAIL')
  t.is(said(p.server.bind(other, { address: B, port: 81 })), undefined)
  t.is(said(p.server.bind(other, { address: B, port: 82 })), 'EINVAL')
  t.is(said(p.server.accept(other).result), 'EINVAL')
  t.is(said(p.server.read(other, 1).result), 'ENOTCONN')
  t.is(said(p.server.shutdown(other, SHUT_WR)), 'ENOTCONN')
  t.is(said(p.server.shutdown(other, 7)), 'EINVAL')
  t.is(said(p.server.ioctl(other, 'SIOCNOSUCH')), 'ENOTTY')
})

test('tcp_info of a descriptor', t => {
  const { client, wait, clock, c } = connected()
  wait(client.write(c, new Uint8Array(2896)))
  clock.settle()
  const info = client.info(c)
  t.like(info!, { tcpi_state: 1, tcpi_unacked: 2, tcpi_snd_mss: 1448, tcpi_rtt: 10_000 })
  t.is(client.info(99), null)
})

test('a call as a promise: its value, or a PosixError', async t => {
  const { client, clock, c } = connected()
  t.is(await client.write(c, bytes('abc')).promise(), 3)
  const reading = client.recv(c, 1, MSG_DONTWAIT).promise()
  clock.settle()
  await t.throwsAsync(reading, { instanceOf: PosixError, message: 'EAGAIN' })
})
