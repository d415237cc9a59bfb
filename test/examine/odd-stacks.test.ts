/** TCPs that are right in another way than most, and applications that do as they like: no check may say that they differ. */
import type { Socket } from 'node:net'
import test from 'ava'
import type { Result } from '../../src/examine/results.ts'
import type { Link } from '../../src/ip/link.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { CHECKSUM_COMPLETE, PacketBatch } from '../../src/wire/batch.ts'
import { dissect } from '../../src/wire/dissect.ts'
import { ECHO_REQUEST } from '../../src/wire/icmp.ts'
import { read16 } from '../../src/wire/ipv4.ts'
import { PROTOCOL_ICMP } from '../../src/wire/protocol.ts'
import { SYN, tcpFlags } from '../../src/wire/tcp.ts'
import { sweep } from '../support/sweep.ts'
import { type BenchOptions, examineOurs } from './bench.ts'

/** The checks that our TCP does not follow however it is set up. */
const KNOWN = ['rst-exact-in-time-wait', 'timestamps-missing']

const differing = (results: readonly Result[]): string[] =>
  results
    .filter(({ id, verdict }) => verdict === 'differs' && !KNOWN.includes(id))
    .map(({ id, level, why }) => `${level} ${id}: ${why}`)

const cannotTell = (results: readonly Result[], id: string): string | undefined =>
  results.find(result => result.id === id && result.verdict === 'cannot tell')?.why

/** Settings of a right TCP: in everyday runs, the first ones. */
const RIGHT: readonly Partial<TcpOptions>[] = [
  { receiveBuffer: 256 },
  { sendBuffer: 256 },
  { maxSegment: 100 },
  { delayedAck: 499, delaysAckOfFin: false },
  { receiveBuffer: 2144 },
  { windowClamp: 500 },
  { sendBuffer: 4000 },
  { initialWindow: 1 },
  { challengeAcks: 2, challengeInterval: 5000 },
]

for (const tcp of RIGHT.slice(0, sweep(RIGHT.length, 4)))
  test(`no check differs with ${JSON.stringify(tcp)}`, async t => {
    const { results } = await examineOurs({ tcp, pace: 'thorough' })
    t.deepEqual(differing(results), [])
    // It is not that little could be told.
    t.true(results.filter(({ verdict }) => verdict === 'holds').length > 250)
  })

test('SYN cookies instead of half-open connections are no fault', async t => {
  const { results } = await examineOurs({
    tcp: { synCookies: 'always' },
    only: [
      'syn-ack-retransmitted',
      'old-segment-in-syn',
      'rst',
      'no-ack-flag-in-syn',
      'isn',
      'syn-in-window',
    ],
    except: ['rst-exact-in-time-wait'],
  })
  t.deepEqual(differing(results), [])
  t.is(
    cannotTell(results, 'rst-exact-in-syn-received'),
    'it keeps nothing of a handshake that is half done: it has SYN cookies',
  )
  t.is(cannotTell(results, 'rst-exact-in-established'), undefined)
})

/** The link that brings each packet to the examined so many times. */
const repeating =
  (times: (packet: Uint8Array) => number) =>
  (link: Link): Link => ({
    name: link.name,
    mtu: link.mtu,
    offload: link.offload,
    start: receive => link.start(receive),
    transmit(batch) {
      const copies = new PacketBatch(2 * batch.count, false)
      for (let i = 0; i < batch.count; i++) {
        const packet = new Uint8Array(batch.packetLength(i))
        batch.copy(i, packet)
        for (let n = times(packet); n > 0; n--) copies.push(packet, 0, packet.length, CHECKSUM_COMPLETE, 0)
      }
      link.transmit(copies)
    },
    close: () => link.close(),
  })

/** The link without packets to the examined that fit. */
const without = (dropped: (packet: Uint8Array) => boolean) => repeating(packet => (dropped(packet) ? 0 : 1))

const ICMP_CHECKS = ['path-mtu', 'dial-port-unreachable', 'icmp']

test('a filter that drops all ICMP says nothing of the TCP behind it', async t => {
  const { results } = await examineOurs({
    only: ICMP_CHECKS,
    link: without(packet => dissect(packet).protocol === PROTOCOL_ICMP),
  })
  t.deepEqual(differing(results), [])
  const why = 'it does not answer a ping: ICMP may be filtered'
  t.is(cannotTell(results, 'path-mtu-heeded'), why)
  t.is(cannotTell(results, 'dial-port-unreachable'), why)
})

test('errors that are dropped where pings pass are noticed', async t => {
  const { results } = await examineOurs({
    only: ICMP_CHECKS,
    link: without(packet => {
      const { protocol, payload } = dissect(packet)
      return protocol === PROTOCOL_ICMP && packet[payload] !== ECHO_REQUEST
    }),
  })
  t.deepEqual(
    differing(results).map(line => line.split(':')[0]),
    ['SHOULD dial-port-unreachable', 'SHOULD path-mtu-heeded'],
  )
})

test('a filter before closed ports says nothing of the TCP behind it', async t => {
  const { results } = await examineOurs({
    only: ['port-refused'],
    link: without(packet => {
      const { tcp } = dissect(packet)
      return tcp >= 0 && read16(packet, tcp + 2) >= 2000
    }),
  })
  t.deepEqual(differing(results), [])
  t.is(cannotTell(results, 'port-refused'), 'a port that nobody listens on is silent: it may be filtered')
})

test('what differs once and holds when it is asked again cannot be told', async t => {
  let syns = 0
  const { results } = await examineOurs({
    only: ['syn-without-options'],
    // Four SYNs meet the services first.
    link: without(packet => {
      const { tcp } = dissect(packet)
      return tcp >= 0 && tcpFlags(packet, tcp) === SYN && ++syns === 5
    }),
  })
  t.is(
    cannotTell(results, 'syn-without-options'),
    'it held when asked again; at first: expected S. ack 1 (the answer to a bare SYN), but nothing came',
  )
})

/** Examines with one service, at a port of its own. */
const served = (
  kind: 'discard' | 'closing' | 'deaf' | 'chargen' | 'port',
  answer: (socket: Socket) => void,
  more: BenchOptions = {},
) => examineOurs({ target: { [kind]: 2323 }, serve: { port: 2323, answer }, pace: 'thorough', ...more })

test('an application that closes an idle connection says nothing of its TCP', async t => {
  const { results } = await served('discard', socket => {
    socket.resume().setTimeout(3000, () => socket.destroy())
  })
  t.deepEqual(differing(results), [])
  t.is(cannotTell(results, 'keep-alive-not-by-itself'), 'its application has closed by itself')
})

test('an application that was to be silent, but greets, says nothing of its TCP', async t => {
  const { results } = await served('discard', socket => {
    socket.resume().write('220 ready\r\n')
  })
  t.deepEqual(differing(results), [])
})

test('an application that closes for reading, too, says nothing of its TCP', async t => {
  const { results } = await served('closing', socket => {
    socket.destroy()
  })
  t.deepEqual(differing(results), [])
  t.is(
    cannotTell(results, 'text-taken-in-fin-wait-2'),
    'its application has closed for reading, too, and a reset says so (RFC 9293 §3.6.1)',
  )
})

test('one that greets and then waits is no endless sender', async t => {
  const { services, results } = await served('port', socket => {
    socket.resume().write('220 ready\r\n')
  })
  t.deepEqual(services, { greets: 2323 })
  t.deepEqual(differing(results), [])
  t.true(results.filter(({ verdict }) => verdict === 'holds').length > 70)
})

test('a SYN that is answered twice, as by a machine that is busy, is no greeting', async t => {
  const { services } = await served('port', socket => void socket.resume(), {
    link: repeating(packet => {
      const { tcp } = dissect(packet)
      return tcp >= 0 && tcpFlags(packet, tcp) === SYN ? 2 : 1
    }),
    only: ['rst-exact-in-established'],
  })
  t.deepEqual(services, { reads: 2323 })
})

test('one that sends a page and then waits is no endless sender either', async t => {
  const { services, results } = await served('port', socket => {
    socket.resume().write(Buffer.alloc(20_000, 'a page '))
  })
  t.deepEqual(services, { greets: 2323 })
  t.deepEqual(differing(results), [])
})

test('one that sends small pieces all the time is taken as it is', async t => {
  const { services, results } = await served('port', socket => {
    socket.setNoDelay().resume()
    const more = (): void => {
      while (!socket.destroyed && socket.write('0123456789012345678901234567890123456789\r\n')) {}
    }
    socket.on('drain', more)
    more()
  })
  t.deepEqual(services, { sends: 2323 })
  t.deepEqual(differing(results), [])
})

test('an application that resets whoever comes says nothing of its TCP', async t => {
  const { results } = await served('discard', socket => {
    socket.resume().resetAndDestroy()
  })
  t.deepEqual(differing(results), [])
})
