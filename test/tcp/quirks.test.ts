/** What each way of Linux changes once a connection is open (block/quirks.ts), by packets: with it and without. */
import { release, send } from '../../src/tcp/calls.ts'
import { tcpInfo } from '../../src/tcp/tcp-info.ts'
import { accurateDialogue, openAccurate } from '../support/accurate-ecn.ts'
import { capable, open } from '../support/classic-ecn.ts'
import { type Dialogue, dialogue } from '../support/dialogue.ts'
import { ack, MSS, opened } from '../support/flights.ts'
import { octets, proveQuirks, told } from '../support/quirk-cases.ts'

/** Segments that leave when this comes. */
const burst = (d: Dialogue, line: string): number => {
  d.receives(line)
  return told(d).length
}

proveQuirks([
  {
    title:
      'windowGrows: what nothing scales goes by segments of the peer, and a larger buffer is offered whole',
    change: { windowGrows: true },
    play: tcp => {
      return [20_000, 200_000].map(receiveBuffer => {
        const d = dialogue({ tcp: { receiveBuffer, wholeSegments: true, ...tcp } })
        d.listen()
        d.receives('S 0:0(0) win 65535 <mss 1460>')
        const first = d.next().window
        d.receives('. 1:1(0) ack 1 win 65535')
        d.receives('. 1:1461(1460) ack 1', '. 1461:2921(1460) ack 1')
        return [first, d.next().window]
      })
    },
    changed: [
      [18_980, 18_980],
      [65_535, 65_535],
    ],
    byDefault: [
      [18_980, 20_000],
      [64_240, 65_535],
    ],
  },
  {
    title: 'quickAcks: so many segments at the beginning are acknowledged at once',
    change: { quickAcks: 2 },
    play: tcp => {
      const d = dialogue({ tcp })
      d.established()
      return [0, 1, 2].map(n => {
        d.receives(`P. ${1 + 10 * n}:${11 + 10 * n}(10) ack 1`)
        return told(d)
      })
    },
    changed: [['. 1:1(0) ack 11'], ['. 1:1(0) ack 21'], []],
    byDefault: [[], [], []],
  },
  {
    title: 'quickAcks: but not once we have answered within the time of a delayed ACK',
    change: { quickAcks: 5 },
    play: tcp => {
      const d = dialogue({ tcp: { delayedAck: 40, ...tcp } })
      const { connection } = d.established()
      d.receives('P. 1:11(10) ack 1')
      d.after(30)
      send(connection!, octets(1))
      d.receives('P. 11:21(10) ack 2')
      return told(d)
    },
    changed: ['. 1:1(0) ack 11', 'P. 1:2(1) ack 11'],
    byDefault: ['P. 1:2(1) ack 11'],
  },
  {
    title:
      'orphanResetByAck: text that nobody reads any more draws a reset with the number that it acknowledges',
    change: { orphanResetByAck: true },
    play: tcp => {
      const d = dialogue({ tcp })
      const user = d.established()
      send(user.connection!, octets(10))
      release(user.connection!)
      d.skip()
      d.receives('P. 1:11(10) ack 1')
      return told(d)
    },
    changed: ['R 1:1(0)'],
    byDefault: ['R. 12:12(0) ack 1'],
  },
  {
    title: 'textBesideRation: text that is not acceptable is answered beside the ration of ACKs',
    change: { textBesideRation: true },
    play: tcp => {
      const d = dialogue({ tcp: { challengeAcks: 1, ...tcp } })
      d.established()
      for (let n = 0; n < 3; n++) d.receives('. 900001:900011(10) ack 1')
      d.receives('F. 900001:900001(0) ack 1')
      for (let n = 0; n < 3; n++) d.receives('. 900001:900001(0) ack 1', 'S 5:5(0)')
      return told(d).length
    },
    changed: 5,
    byDefault: 1,
  },
  {
    title: 'resetKeepsText: what came in order may be read after a reset',
    change: { resetKeepsText: true },
    play: tcp => {
      const d = dialogue({ tcp })
      const user = d.established()
      user.reading = false
      d.receives('P. 1:6(5) ack 1', 'R 6:6(0)')
      return user.read()
    },
    changed: 'abcde',
    byDefault: '',
  },
  {
    title: 'answersUnsentAck: an acknowledgment of what was not sent is answered',
    change: { answersUnsentAck: false },
    play: tcp => {
      const d = dialogue({ tcp })
      d.established()
      d.receives('. 1:1(0) ack 2')
      return told(d)
    },
    changed: [],
    byDefault: ['. 1:1(0) ack 1'],
  },
  {
    title: 'minshall: a small segment does not wait for the acknowledgment of whole ones',
    change: { minshall: true },
    play: tcp => {
      const d = dialogue({ tcp })
      send(d.established().connection!, octets(MSS + 10))
      return told(d)
    },
    changed: ['. 1:1461(1460) ack 1', 'P. 1461:1471(10) ack 1'],
    byDefault: ['. 1:1461(1460) ack 1'],
  },
  {
    title: 'pushSuperSegments: every super-segment is pushed, whatever follows',
    change: { pushSuperSegments: true },
    play: tcp => {
      const d = dialogue({ tcp: { initialWindow: 4, ...tcp } })
      Object.assign(d.link.offload, { segmentation: true })
      send(d.established().connection!, octets(10 * MSS))
      return told(d)
    },
    changed: ['P. 1:5841(5840) ack 1'],
    byDefault: ['. 1:5841(5840) ack 1'],
  },
  {
    title: 'wholeWindow: a segment may be as large as a small window, not half of it',
    change: { wholeWindow: 500 },
    play: tcp =>
      [500, 501].map(window => {
        const d = dialogue({ tcp })
        const user = d.established({}, `S 0:0(0) win ${window} <mss 1460>`, `. 1:1(0) ack 1 win ${window}`)
        send(user.connection!, octets(2000))
        return told(d)[0]
      }),
    changed: ['. 1:501(500) ack 1', '. 1:251(250) ack 1'],
    byDefault: ['. 1:251(250) ack 1', '. 1:251(250) ack 1'],
  },
  {
    title: 'resendsAllTooLarge: all that was too large goes again at once',
    change: { resendsAllTooLarge: true },
    play: tcp => {
      const d = dialogue({ tcp })
      send(d.established().connection!, octets(3 * MSS))
      const [first] = d.skip()
      d.tooBig(first!, 1000)
      return told(d)
    },
    changed: [
      '. 1:961(960) ack 1',
      '. 961:1461(500) ack 1',
      '. 1461:2421(960) ack 1',
      '. 2421:2921(500) ack 1',
      '. 2921:3881(960) ack 1',
      'P. 3881:4381(500) ack 1',
    ],
    byDefault: ['. 1:961(960) ack 1'],
  },
  {
    title: 'emptyWindowProbes: a shut window is probed without text',
    change: { emptyWindowProbes: true },
    play: tcp => {
      const d = dialogue({ tcp })
      const user = d.established()
      d.receives('. 1:1(0) ack 1 win 0')
      send(user.connection!, octets(10))
      d.after(1000)
      return told(d)
    },
    changed: ['. 0:0(0) ack 1'],
    byDefault: ['. 1:2(1) ack 1'],
  },
  {
    title:
      'tsoSegments: a super-segment has what the path lets leave in a millisecond, not all that the link takes',
    change: { tsoSegments: 2 },
    play: tcp => {
      const d = dialogue({ tcp: { initialWindow: 10, ...tcp } })
      Object.assign(d.link.offload, { segmentation: true })
      send(opened(d), octets(10 * MSS))
      return told(d).length
    },
    changed: 5,
    byDefault: 1,
  },
  {
    title: 'growsHalfUsed: in slow start a window of which more than half was used grows',
    change: { growsHalfUsed: true },
    play: tcp => {
      const d = dialogue({ tcp: { initialWindow: 10, ...tcp } })
      const c = opened(d)
      send(c, octets(6 * MSS))
      d.skip()
      d.receives(ack(6))
      send(c, octets(40 * MSS))
      return told(d).length
    },
    changed: 12,
    byDefault: 10,
  },
  {
    title:
      'duplicatesCount: what two duplicate ACKs have told of, the next one does not deliver: its echo marks less',
    change: { duplicatesCount: true },
    play: tcp => {
      const d = capable(tcp)
      const c = open(d)
      send(c, octets(60 * MSS))
      d.skip()
      for (let n = 0; n < 2; n++) d.receives(ack(0))
      d.skip()
      d.receives(ack(4).replace('. ', 'E. '))
      return tcpInfo(c).tcpi_delivered_ce
    },
    changed: 2,
    byDefault: 4,
  },
  {
    title: 'recoveryEndsWhole: NewReno ends with all of ssthresh, and a burst',
    change: { recoveryEndsWhole: true },
    play: tcp => {
      const d = dialogue({ tcp: { initialWindow: 10, ...tcp } })
      const c = opened(d, { syn: 'mss 1460' })
      send(c, octets(60 * MSS))
      d.skip()
      for (let n = 0; n < 3; n++) d.receives(ack(0))
      d.skip()
      return burst(d, ack(12))
    },
    changed: 5,
    byDefault: 2,
  },
  {
    title: 'recoveryEndsWhole: with SACK the ACK that ends a recovery lets the window grow',
    change: { recoveryEndsWhole: true },
    play: tcp => {
      const d = dialogue({ tcp: { initialWindow: 10, sack: true, ...tcp } })
      const c = opened(d)
      send(c, octets(60 * MSS))
      d.skip()
      for (let n = 2; n <= 10; n++) d.receives(ack(0, [1, n]))
      d.skip()
      d.receives(ack(10))
      return burst(d, ack(14))
    },
    changed: 7,
    byDefault: 5,
  },
  {
    title: 'safeAckAfterEcn: after an ECN echo, too, a good ACK lets a segment more leave',
    change: { safeAckAfterEcn: false },
    play: tcp => {
      const d = capable({ sack: true, noDelay: true, ...tcp })
      const c = open(d, 'mss 1460,nop,nop,sackOK')
      for (const length of [100, 100, 100]) {
        send(c, octets(length))
        d.skip()
      }
      d.after(100)
      d.receives('E. 1:1(0) ack 101')
      send(c, octets(1000))
      d.skip()
      d.receives('. 1:1(0) ack 201')
      send(c, octets(300))
      return told(d)
    },
    changed: [],
    byDefault: ['P. 1301:1601(300) ack 1'],
  },
  {
    title: 'ecnOnAllSegments: with accurate ECN an ACK says, too, that it is ECN-capable',
    change: { ecnOnAllSegments: true },
    play: tcp => {
      const d = accurateDialogue({ delayedAck: 0, ...tcp })
      openAccurate(d)
      d.receives('[ect0] P.5 1:11(10) ack 1 win 60000')
      return d.next().trafficClass & 3
    },
    changed: 2,
    byDefault: 0,
  },
  {
    title: 'marksOfRepeatsCount: a repetition of what was acknowledged last counts as received',
    change: { marksOfRepeatsCount: true },
    play: tcp => {
      const d = accurateDialogue({ delayedAck: 0, ...tcp })
      const { connection } = openAccurate(d)
      d.receives('[ect0] P.5 1:11(10) ack 1 win 60000')
      d.receives('[ce] P.5 1:11(10) ack 1 win 60000')
      return tcpInfo(connection!).tcpi_received_ce
    },
    changed: 1,
    byDefault: 0,
  },
])
