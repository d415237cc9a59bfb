/** Urgent data by MSG_OOB, SO_OOBINLINE and SIOCATMARK; and a socket that lets go of its connection. */
import test from 'ava'
import type { Call, Result } from '../../src/posix/call.ts'
import { MSG_OOB, MSG_PEEK, POLLPRI } from '../../src/posix/constants.ts'
import { Sockets } from '../../src/posix/sockets.ts'
import { B, twoHosts } from '../support/two-hosts.ts'

const SERVER = { address: B, port: 80 }

const said = <T>(result: Result<T> | null): T | string | null =>
  result === null ? null : result.ok ? result.value : result.errno

const text = (bytes: Uint8Array | string | null): string | null =>
  bytes instanceof Uint8Array ? new TextDecoder().decode(bytes) : bytes

const connected = () => {
  const { clock, a, b } = twoHosts(1, { delay: 5 })
  const [client, server] = [new Sockets(a), new Sockets(b)]
  const wait = <T>(call: Call<T>): T | string | null => {
    while (call.result === null && clock.step(clock.now() + 600_000));
    return said(call.result)
  }
  const listener = said(server.socket()) as number
  server.bind(listener, SERVER)
  server.listen(listener, 10)
  const c = said(client.socket()) as number
  wait(client.connect(c, SERVER))
  const s = wait(server.accept(listener)) as number
  const send = (data: string, flags = 0): void => {
    wait(client.send(c, new TextEncoder().encode(data), flags))
    clock.run(clock.now() + 100)
  }
  const read = (length: number, flags = 0) => text(wait(server.recv(s, length, flags | 0x40)))
  const ready = (): number => {
    const entries = [{ fd: s, events: POLLPRI, revents: 0 }]
    wait(server.poll(entries, 0))
    return entries[0]!.revents
  }
  return { clock, client, server, wait, listener, c, s, send, read, ready }
}

test('without SO_OOBINLINE the urgent octet is out of the line: a read ends before it, MSG_OOB reads it once', t => {
  const { server, s, send, read, ready } = connected()
  send('abc')
  t.is(read(1, MSG_OOB), 'EINVAL')
  send('de!', MSG_OOB)
  t.is(ready(), POLLPRI)
  t.is(said(server.ioctl(s, 'SIOCINQ')), 5)
  t.is(said(server.ioctl(s, 'SIOCATMARK')), 0)
  send('fg')
  t.is(read(100), 'abcde')
  t.is(said(server.ioctl(s, 'SIOCATMARK')), 1)
  t.is(read(1, MSG_OOB | MSG_PEEK), '!')
  t.is(read(1, MSG_OOB), '!')
  t.is(read(1, MSG_OOB), 'EINVAL')
  t.is(ready(), 0)
  t.is(read(100), 'fg')
  t.is(said(server.ioctl(s, 'SIOCATMARK')), 0)
  t.is(read(100), 'EAGAIN')
})

test('an urgent octet that nobody reads is passed over', t => {
  const { send, read, ready } = connected()
  send('ab!', MSG_OOB)
  send('cd')
  t.is(read(100), 'ab')
  t.is(read(100), 'cd')
  t.is(ready(), 0)
  t.is(read(1, MSG_OOB), 'EINVAL')
})

test('with SO_OOBINLINE it is read in its place, by a read of its own beginning', t => {
  const { server, s, send, read } = connected()
  server.setsockopt(s, 'SO_OOBINLINE', 1)
  send('ab!', MSG_OOB)
  send('cd')
  t.is(read(1, MSG_OOB), 'EINVAL')
  t.is(read(100), 'ab')
  t.is(said(server.ioctl(s, 'SIOCATMARK')), 1)
  t.is(read(100), '!cd')
})

test('a later urgent octet takes the place of one that was not read', t => {
  const { send, read } = connected()
  send('a!', MSG_OOB)
  send('b?', MSG_OOB)
  t.is(read(100), 'a!b')
  t.is(read(1, MSG_OOB), '?')
})

test('connect() to AF_UNSPEC resets the connection, and the socket opens another', t => {
  const { clock, client, server, wait, listener, c, s } = connected()
  t.is(wait(client.disconnect(c)), undefined)
  clock.run(clock.now() + 100)
  t.is(text(wait(server.recv(s, 1))), 'ECONNRESET')
  t.is(said(client.getpeername(c)), 'ENOTCONN')
  t.is(wait(client.connect(c, SERVER)), undefined)
  t.is(typeof wait(server.accept(listener)), 'number')
  t.is(wait(client.disconnect(999)), 'EBADF')
})

test('connect() to AF_UNSPEC ends listening', t => {
  const { server, listener, wait } = connected()
  t.is(wait(server.disconnect(listener)), undefined)
  t.is(wait(server.accept(listener)), 'EINVAL')
})
