/** What each way of Linux changes while a connection opens (block/quirks.ts), by packets: with it and without. */
import test from 'ava'
import { send } from '../../src/tcp/calls.ts'
import { type Dialogue, dialogue } from '../support/dialogue.ts'
import { client, DATA, server, syn } from '../support/fast-open.ts'
import { icmpError } from '../support/packets.ts'
import { octets, proveQuirks, told } from '../support/quirk-cases.ts'

/** The MSS that a SYN of ours offers. */
const offered = (d: Dialogue): string => /mss \d+/.exec(d.describe(d.next()))![0]

proveQuirks([
  {
    title: 'checksSynEcho: a SYN,ACK whose timestamp echo is none of ours is reset',
    change: { checksSynEcho: true },
    play: tcp => {
      const d = dialogue({ tcp: { timestamps: true, ...tcp } })
      d.connect()
      d.next()
      d.receives('S. 0:0(0) ack 1 win 65535 <mss 1460,nop,nop,TS val 5 ecr 7>')
      return told(d)
    },
    changed: ['R 1:1(0)'],
    byDefault: ['. 1:1(0) ack 1'],
  },
  {
    title: 'offersPathMss: the MSS that is offered follows what is known of the path',
    change: { offersPathMss: true },
    play: tcp => {
      const d = dialogue({ tcp })
      const user = d.established()
      send(user.connection!, octets(1460))
      d.tooBig(d.next(), 1000)
      d.skip()
      d.localPort++
      d.connect()
      return offered(d)
    },
    changed: 'mss 960',
    byDefault: 'mss 1460',
  },
  {
    title: 'synLinearTimeouts: so many timeouts of a SYN come at even intervals, and are none of synRetries',
    change: { synLinearTimeouts: 2 },
    play: tcp => {
      const d = dialogue({ tcp: { synRetries: 2, initialRto: 1000, ...tcp } })
      d.connect()
      d.after(100_000)
      return d.skip().map(({ time }) => time)
    },
    changed: [0, 1000, 2000, 3000, 5000],
    byDefault: [0, 1000, 3000],
  },
  {
    title: 'dropsSynWithFin: a listener drops a SYN that is a FIN, too',
    change: { dropsSynWithFin: true },
    play: tcp => {
      const d = dialogue({ tcp })
      d.listen()
      d.receives('SF 0:0(0) win 65535 <mss 1460>')
      return told(d)
    },
    changed: [],
    byDefault: ['S. 0:0(0) ack 1'],
  },
  {
    title: 'refusedInSynSentOnly: a reset once SYNs have crossed is no refusal',
    change: { refusedInSynSentOnly: true },
    play: tcp => {
      const d = dialogue({ tcp })
      const user = d.crossed()
      d.receives('R 1:1(0)')
      return user.log
    },
    changed: ['closed ECONNRESET'],
    byDefault: ['closed ECONNREFUSED'],
  },
  {
    title:
      'acksCrossingSyn: the SYN,ACK of a peer whose SYN has crossed ours is acknowledged, as a duplicate',
    change: { acksCrossingSyn: true },
    play: tcp => {
      const d = dialogue({ tcp: { sack: true, ...tcp } })
      d.connect()
      d.next()
      d.receives('S 0:0(0) win 65535 <mss 1460,nop,nop,sackOK>')
      d.next()
      d.receives('S. 0:0(0) ack 1 win 65535')
      return d.skip().map(sent => d.describe(sent).replace(/^\S+ (.*?) win \d+/, '$1'))
    },
    changed: ['. 1:1(0) ack 1 <nop,nop,sack 0:1>'],
    byDefault: [],
  },
  {
    title: 'initialWindowInSegments: the initial window has its segments however large they are',
    change: { initialWindowInSegments: true },
    play: tcp => {
      const d = dialogue({ mtu: 9000, tcp })
      const user = d.established({}, 'S 0:0(0) win 65535 <mss 8960,nop,wscale 7>', '. 1:1(0) ack 1 win 8000')
      send(user.connection!, octets(150_000))
      return told(d).length
    },
    changed: 10,
    byDefault: 2,
  },
  {
    title: 'softErrorsEndOpening: an unreachable host ends a connection that is being opened',
    change: { softErrorsEndOpening: true },
    play: tcp => {
      const d = dialogue({ tcp })
      const user = d.connect()
      d.inject(icmpError(3, 1, d.next().raw))
      return user.log.map(line => line.split(':')[0])
    },
    changed: ['closed EHOSTUNREACH'],
    byDefault: ['soft EHOSTUNREACH'],
  },
  {
    title:
      'fastOpenExperiment: a server that gave no cookie is asked once more by the option of the experiment',
    change: { fastOpenExperiment: true },
    play: tcp => {
      const d = client(dialogue, tcp, 'mss 1300')
      d.remotePort = 443
      d.connect()
      return d.describe(d.next()).replace(/^.*wscale 10,/, '')
    },
    changed: 'kind 254>',
    byDefault: 'FO,nop,nop>',
  },
  {
    title: 'fastOpenApart: text of a SYN that was not taken goes again by itself',
    change: { fastOpenApart: true },
    play: tcp => {
      const d = client(dialogue, tcp)
      const user = d.connect({}, DATA)
      send(user.connection!, Buffer.from(' and more'))
      d.next()
      d.receives('S. 0:0(0) ack 1 win 65535 <mss 1460>')
      return told(d)
    },
    changed: ['P. 1:6(5) ack 1'],
    byDefault: ['P. 1:15(14) ack 1'],
  },
  {
    title: 'fastOpenEmpty: a SYN with a good cookie and no text opens the connection at once',
    change: { fastOpenEmpty: true },
    play: tcp => {
      const [d, option] = server(dialogue, tcp)
      syn(d, option, '')
      return d.accepted.length
    },
    changed: 1,
    byDefault: 0,
  },
])

for (const [name, most] of [
  ['synLinearTimeouts', 127],
  ['quickAcks', 65_535],
  ['wholeWindow', 65_535],
  ['tsoSegments', 65_535],
  ['minRttMargin', 60_000],
] as const)
  test(`${name} is a number from 0 to ${most}`, t => {
    const d = dialogue()
    const opens = (value: number) => () => {
      d.localPort++
      d.connect({ [name]: value })
    }
    for (const value of [0, most]) t.notThrows(opens(value))
    for (const value of [-1, most + 1]) t.throws(opens(value), { instanceOf: RangeError })
  })
