/** epoll among several sockets: whose turn it is, and what is told of unasked. */
import test from 'ava'
import {
  EPOLL_CTL_ADD,
  EPOLL_CTL_MOD,
  EPOLLHUP,
  EPOLLIN,
  EPOLLONESHOT,
  EPOLLOUT,
} from '../../src/posix/constants.ts'
import type { EpollEvent } from '../../src/posix/epoll.ts'
import { Sockets } from '../../src/posix/sockets.ts'
import { B, twoHosts } from '../support/two-hosts.ts'

/** A server's interest list with connections at the descriptors that their events bear as data. */
const watched = (connections: number, events: number) => {
  const { clock, a, b } = twoHosts(1, { delay: 5 })
  const [client, server] = [new Sockets(a), new Sockets(b)]
  const value = <T>(result: { ok: true; value: T } | { ok: false; errno: string } | null): T => {
    if (result?.ok !== true) throw new Error(result === null ? 'it waits' : result.errno)
    return result.value
  }
  const listener = value(server.socket())
  value(server.bind(listener, { address: B, port: 80 }))
  value(server.listen(listener, 10))
  const epoll = value(server.epollCreate())
  const fds = Array.from({ length: connections }, () => {
    client.connect(value(client.socket()), { address: B, port: 80 })
    const accept = server.accept(listener)
    while (accept.result === null && clock.step(clock.now() + 1000));
    const fd = value(accept.result)
    value(server.epollCtl(epoll, EPOLL_CTL_ADD, fd, { events, data: fd }))
    return fd
  })
  return {
    clock,
    server,
    epoll,
    fds,
    told: (most: number): readonly EpollEvent[] => value(server.epollWait(epoll, most, 0).result),
  }
}

test('sockets that are always ready take turns when fewer are asked for', t => {
  const { told, fds } = watched(3, EPOLLOUT)
  const [x, y, z] = fds
  const turns = (most: number) => told(most).map(event => event.data)
  t.deepEqual([1, 1, 1, 1].flatMap(turns), [x, y, z, x])
  t.deepEqual([2, 2, 2].flatMap(turns), [y, z, x, y, z, x])
  t.deepEqual(turns(10), [y, z, x])
})

test('a hang-up is told of unasked, but not to an interest that was told once', t => {
  const { told, fds, server, epoll } = watched(1, 0)
  t.deepEqual(told(1), [])
  server.shutdown(fds[0]!, 2)
  t.deepEqual(told(1), [{ events: EPOLLHUP, data: fds[0]! }])
  server.epollCtl(epoll, EPOLL_CTL_MOD, fds[0]!, { events: EPOLLIN | EPOLLONESHOT, data: 1 })
  t.is(told(1).length, 1)
  t.deepEqual(told(1), [])
})
