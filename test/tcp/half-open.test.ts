/** Which half-open connections are so little that a few numbers stand for them (RFC 4987 §3.5). */
import test from 'ava'
import { INITIAL_CEP } from '../../src/tcp/block/accurate-ecn.ts'
import type { Connection } from '../../src/tcp/block/connection.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { HalfOpenState, takeDown } from '../../src/tcp/half-open.ts'
import { dialogue } from '../support/dialogue.ts'

/** A half-open connection, `timeouts` after the peer's SYN. */
const halfOpen = (syn: string, tcp: Partial<TcpOptions>, timeouts = 0): Connection => {
  const d = dialogue({ tcp: { timestamps: true, initialRto: 1000, ...tcp } })
  d.listen()
  d.receives(syn)
  for (let n = 0; n < timeouts; n++) d.after(1000 * 2 ** n)
  return [...d.host.connections][0] as Connection
}

const SYN = 'S 0:0(0) win 65535 <mss 1460,nop,nop,TS val 9 ecr 0>'
const SYN_ECN = 'SEW 0:0(0) win 65535 <mss 1460,nop,nop,TS val 9 ecr 0>'
const SYN_ACCURATE = 'SEWA 0:0(0) win 65535 <mss 1460,nop,nop,TS val 9 ecr 0>'

const taken = (c: Connection): boolean => takeDown(c, new HalfOpenState())

/** Whatever may befall a connection beyond a SYN and its timeouts, by what shows it. */
const MORE: Record<string, (c: Connection) => void> = {
  'a user': c => {
    c.user = { established() {}, readable() {}, writable() {}, closed() {} }
  },
  'an error': c => {
    c.error = 'ECONNRESET'
  },
  'something to do': c => {
    c.awake = true
  },
  'another state': c => {
    c.state = 'ESTABLISHED'
  },
  'an active OPEN': c => {
    c.active = true
  },
  'a recovery': c => {
    c.ownRecovery()
  },
  'no timer': c => {
    c.retransmitTimer = c.disarm(c.retransmitTimer)
  },
  'a timer of another kind': c => {
    c.retransmitTimer = c.arm(c.retransmitTimer, 'persist', 1000)
  },
  'a delayed ACK': c => {
    c.delayedAckTimer = c.arm(c.delayedAckTimer, 'delayed-ack', 40)
  },
  'a buffer of its own': c => {
    c.receiveBuffer = c.receiveBuffer.own()
  },
  'a path of its own': c => {
    c.ownPath()
  },
  'another segment since': c => {
    c.receivedAt++
  },
  'progress since': c => {
    c.progressAt++
  },
  'another timestamp since': c => {
    c.tsRecentAt++
  },
  'a window that was larger': c => {
    c.snd.maxWnd++
  },
  'an edge that has moved': c => {
    c.rcv.edge++
  },
  'a window beyond 16 bits': c => {
    c.rcv.maxWnd += 65_536
    c.rcv.edge += 65_536
  },
  'segments in beyond 16 bits': c => {
    c.segmentsIn = 65_536
  },
  'segments out beyond 16 bits': c => {
    c.segmentsOut = 65_536
  },
  'SYN,ACKs again beyond 8 bits': c => {
    const troubles = c.ownTroubles()
    troubles.synRetransmissions = troubles.retransmissions = 256
  },
  'challenges beyond 8 bits': c => {
    c.ownTroubles().challenges = 256
  },
  'timeouts that were not the last in a row': c => {
    c.ownTroubles().timeouts++
  },
  'a recovery from timeouts before': c => {
    c.ownTroubles().timeoutRecoveries++
  },
  'another backoff': c => {
    c.rto.backOff()
  },
  'text that was sent again': c => {
    c.ownTroubles().retransmissions++
  },
  'a soft error': c => {
    c.ownTroubles().softErrorText = 'no route'
  },
  'an ICMP error': c => {
    c.ownTroubles().icmpErrorCode = 'EHOSTUNREACH'
  },
  'a user timeout of the peer’s': c => {
    c.ownTroubles().remoteUserTimeout = 1000
  },
  'text that was refused': c => {
    c.ownTroubles().textRefused = 1
  },
  'text that came twice': c => {
    c.ownTraffic().segmentsIn = 2
  },
  'text that came later': c => {
    c.ownTraffic().segmentsIn = 1
    c.ownTraffic().receivedAt = c.createdAt + 1
  },
}

for (const [name, happens] of Object.entries(MORE))
  test(`a half-open connection with ${name} is more than a few numbers`, t => {
    for (const timeouts of [0, 2]) {
      const c = halfOpen(SYN, {}, timeouts)
      t.true(taken(c))
      happens(c)
      t.false(taken(c), `${timeouts} timeouts`)
    }
  })

test('the largest numbers that there is room for are taken down', t => {
  const c = halfOpen(SYN, {})
  c.segmentsIn = c.segmentsOut = 65_535
  Object.assign(c.ownTroubles(), { challenges: 255, synRetransmissions: 255, retransmissions: 255 })
  Object.assign(c.ownTraffic(), { segmentsIn: 1, receivedAt: c.createdAt, ecnSeen: true })
  const s = new HalfOpenState()
  t.true(takeDown(c, s))
  t.like(s, { segmentsIn: 65_535, segmentsOut: 65_535, challenges: 255, resent: 255 })
})

test('ECN that has begun to count, or to echo, is more than a few numbers', t => {
  const classic = halfOpen(SYN_ECN, { ecn: 'on' })
  t.true(taken(classic))
  t.is(classic.ecn.accurate, null)
  Object.assign(classic.ecn, { echoing: true })
  t.false(taken(classic))
  const count: ((c: Connection) => void)[] = [
    ({ ecn: { accurate } }) => {
      accurate!.r.cep = INITIAL_CEP + 1
    },
    ({ ecn: { accurate } }) => {
      accurate!.s.cep = INITIAL_CEP + 1
    },
    ({ ecn: { accurate } }) => {
      accurate!.pending = 1
    },
    ({ ecn: { accurate } }) => {
      accurate!.changed = 1
    },
    ({ ecn: { accurate } }) => {
      accurate!.ever = 1
    },
    ({ ecn: { accurate } }) => {
      accurate!.demand = 1
    },
    ({ ecn: { accurate } }) => {
      accurate!.optionSeen = 1
    },
    ({ ecn: { accurate } }) => {
      accurate!.roundEnd++
    },
  ]
  for (const [n, more] of count.entries()) {
    const c = halfOpen(SYN_ACCURATE, { ecn: 'accurate' })
    t.true(taken(c))
    more(c)
    t.false(taken(c), `${n}`)
  }
})
