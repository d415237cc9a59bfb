/** epoll among several sockets: whose turn it is, and what is told of unasked. */
import test from 'ava'
import {
  EPOLL_CTL_ADD,
  EPOLL_CTL_MOD,
  EPOLLET,
  EPOLLHUP,
  EPOLLIN,
  EPOLLONESHOT,
  EPOLLOUT,
  MSG_DONTWAIT,
} from '../../src/posix/constants.ts'
import type { EpollEvent } from '../../src/posix/epoll.ts'
import { Sockets } from '../../src/posix/sockets.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { B, twoHosts } from '../support/two-hosts.ts'

/** One way, ms. */
const DELAY = 5

/** A server's interest list with connections at the descriptors that their events bear as data. */
const watched = (connections: number, events: number, tcp: Partial<TcpOptions> = {}) => {
  const { clock, a, b } = twoHosts(1, { delay: DELAY })
  const [client, server] = [new Sockets(a), new Sockets(b)]
  const value = <T>(result: { ok: true; value: T } | { ok: false; errno: string } | null): T => {
    if (result?.ok !== true) throw new Error(result === null ? 'it waits' : result.errno)
    return result.value
  }
  server.configure(tcp)
  const clients: number[] = []
  const listener = value(server.socket())
  value(server.bind(listener, { address: B, port: 80 }))
  value(server.listen(listener, 10))
  const epoll = value(server.epollCreate())
  const fds = Array.from({ length: connections }, () => {
    clients.push(value(client.socket()))
    client.connect(clients.at(-1)!, { address: B, port: 80 })
    const accept = server.accept(listener)
    while (accept.result === null && clock.step(clock.now() + 1000));
    const fd = value(accept.result)
    value(server.epollCtl(epoll, EPOLL_CTL_ADD, fd, { events, data: fd }))
    return fd
  })
  return {
    server,
    client,
    clients,
    epoll,
    fds,
    value,
    /** Packets go to and fro. */
    pass: (ms = 100) => clock.advance(ms),
    told: (most: number, by = epoll): readonly EpollEvent[] => value(server.epollWait(by, most, 0).result),
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

const ROOM = 10_000

test('edge-triggered: who was told that there is no room hears of it when there is some, whether or not a call has failed', t => {
  const events = EPOLLIN | EPOLLOUT | EPOLLET
  const { told, fds, clients, client, server, pass, value } = watched(1, events, {
    sendBuffer: ROOM,
    maxSendBuffer: ROOM,
  })
  const [data] = fds as [number]
  t.deepEqual(told(1), [{ events: EPOLLOUT, data }])
  // Text comes while what was written fills the buffer, and then while a part of it had no room.
  for (const bytes of [ROOM, ROOM + 1]) {
    client.write(clients[0]!, new Uint8Array(1))
    pass(DELAY - 1)
    t.is(value(server.send(data, new Uint8Array(bytes), MSG_DONTWAIT).result), ROOM)
    pass(1)
    t.deepEqual(told(1), [{ events: EPOLLIN, data }])
    pass()
    t.deepEqual(told(1), [{ events: EPOLLIN | EPOLLOUT, data }])
  }
})

test('edge-triggered: room that was there all the time is told of once, whatever others are told', t => {
  const { told, fds, clients, client, server, pass, value } = watched(1, EPOLLOUT | EPOLLET)
  const [data] = fds as [number]
  const other = value(server.epollCreate())
  value(server.epollCtl(other, EPOLL_CTL_ADD, data, { events: EPOLLIN | EPOLLET, data }))
  t.deepEqual(told(1), [{ events: EPOLLOUT, data }])
  server.write(data, new Uint8Array(ROOM))
  pass()
  t.deepEqual(told(1), [])
  client.write(clients[0]!, new Uint8Array(1))
  pass()
  t.deepEqual(told(1, other), [{ events: EPOLLIN, data }])
  server.write(data, new Uint8Array(ROOM))
  pass()
  t.deepEqual(told(1), [])
})
