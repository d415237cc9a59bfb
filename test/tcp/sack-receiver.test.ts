/** A receiver's reports by SACK: RFC 2018 §2 to §4. Segments of 500 bytes, as in its §7. */
import test from 'ava'
import { send } from '../../src/tcp/calls.ts'
import { ACK, SYN } from '../../src/wire/tcp.ts'
import { type Dialogue, dialogue } from '../support/dialogue.ts'
import { formatOptions } from '../support/segment-notation.ts'

const SYN_SACK = 'S 0:0(0) win 65535 <mss 1460,nop,nop,sackOK>'
const at = (n: number): number => 1 + 500 * n
const text = (n: number): string => `. ${at(n)}:${at(n + 1)}(500) ack 1`
const block = ([first, end]: readonly [number, number]): string => `${at(first)}:${at(end)}`
/** Our ACK of all before segment n, with these blocks. */
const acks = (n: number, ...blocks: (readonly [number, number])[]): string =>
  `. 1:1(0) ack ${at(n)}${blocks.length > 0 ? ` <nop,nop,sack ${blocks.map(block).join(' ')}>` : ''}`

const open = (): Dialogue => {
  const d = dialogue({ tcp: { sack: true } })
  d.established({}, SYN_SACK)
  return d
}

test('[R2018-1] a SYN offers SACK with kind 4, length 2; no other segment bears it', t => {
  const d = dialogue({ tcp: { sack: true, windowScaling: false } })
  d.connect()
  const syn = d.sends('S 0:0(0) win 65535 <mss 1460,nop,nop,sackOK>')
  t.true(Buffer.from(syn.options).includes(Buffer.from([4, 2])))
  d.receives('S. 0:0(0) ack 1 win 65535 <mss 1460,nop,nop,sackOK>')
  d.sends('. 1:1(0) ack 1')
  d.receives(text(1))
  d.receives(text(0))
  for (const s of d.skip()) if (!(s.flags & SYN)) t.notRegex(formatOptions(s.options), /sackOK/)
})

test('[R2018-1] a SYN,ACK answers an offer, and only an offer', t => {
  for (const [offer, answer] of [
    ['mss 1460,nop,nop,sackOK', 'mss 1460,nop,nop,sackOK'],
    ['mss 1460', 'mss 1460'],
  ]) {
    const d = dialogue({ tcp: { sack: true } })
    d.listen()
    d.receives(`S 0:0(0) win 65535 <${offer}>`)
    d.sends(`S. 0:0(0) ack 1 <${answer}>`)
  }
  t.pass()
})

test('[R2018-1] SACK-permitted on a segment without SYN changes nothing', t => {
  const d = dialogue({ tcp: { sack: true } })
  const c = d.established({}, 'S 0:0(0) win 65535 <mss 1460>').connection!
  d.receives('. 1:1(0) ack 1 win 65535 <nop,nop,sackOK>')
  t.false(c.sack)
  d.receives(text(1))
  d.sends('. 1:1(0) ack 1 <>')
})

test('[R2018-2] a peer that has not offered SACK gets none', t => {
  const d = dialogue({ tcp: { sack: true } })
  d.established({}, 'S 0:0(0) win 65535 <mss 1460>')
  for (const n of [1, 2, 4]) {
    d.receives(text(n))
    t.is(d.sends('. 1:1(0) ack 1').options.length, 0)
  }
})

test('[R2018-2] nor does one that we have not offered it to', t => {
  const d = dialogue({ tcp: { sack: false } })
  d.established({}, SYN_SACK)
  d.receives(text(1))
  t.is(d.sends('. 1:1(0) ack 1').options.length, 0)
})

test('[R2018-3] §7 case 2: the first of eight is lost, seven ACKs tell of one growing block', t => {
  const d = open()
  for (let n = 1; n < 8; n++) {
    d.receives(text(n))
    d.sends(acks(0, [1, n + 1]))
    d.silent()
  }
  d.receives(text(0))
  t.is(d.sends(acks(8)).options.length, 0)
})

test('[R2018-3] data of ours that leaves while there is a gap bears the blocks as well', t => {
  const d = open()
  d.receives(text(2))
  d.sends(acks(0, [2, 3]))
  send(d.accepted[0]!.connection!, Buffer.from('hello'))
  d.sends(`P. 1:6(5) ack 1 <nop,nop,sack ${block([2, 3])}>`)
  t.pass()
})

test('[R2018-3] segments above a gap in one batch get an ACK each', t => {
  const d = open()
  d.receives(text(1), text(2), text(3))
  for (const n of [2, 3, 4]) d.sends(acks(0, [1, n]))
  d.silent()
  t.pass()
})

test('[R2018-4] §7 case 3: every second of eight is lost, the newest block comes first', t => {
  const d = open()
  d.receives(text(0))
  d.after(40)
  d.sends(acks(1))
  const newest: (readonly [number, number])[] = []
  for (const n of [2, 4, 6]) {
    newest.unshift([n, n + 1])
    d.receives(text(n))
    d.sends(acks(1, ...newest))
  }
  // The fourth comes out of order: its block, which joins two, is the first.
  d.receives(text(3))
  d.sends(acks(1, [2, 5], [6, 7]))
  // The second advances the acknowledgment: the first block need not cover it.
  d.receives(text(1))
  d.sends(acks(5, [6, 7]))
  t.pass()
})

test('[R2018-4] a block that was too far back to be remembered is whole when it grows', t => {
  const d = open()
  for (const n of [1, 3, 5, 7, 9]) d.receives(text(n))
  d.skip()
  // Segment 1 is the fifth by age, which no block is kept of.
  d.receives(text(2))
  d.sends(acks(0, [1, 4], [9, 10], [7, 8], [5, 6]))
  t.pass()
})

test('[R2018-5] each block is repeated in three ACKs, the most recently reported first', t => {
  const d = open()
  d.receives(text(1))
  d.sends(acks(0, [1, 2]))
  d.receives(text(3))
  d.sends(acks(0, [3, 4], [1, 2]))
  d.receives(text(5))
  d.sends(acks(0, [5, 6], [3, 4], [1, 2]))
  d.receives(text(7))
  d.sends(acks(0, [7, 8], [5, 6], [3, 4], [1, 2]))
  d.receives(text(9))
  d.sends(acks(0, [9, 10], [7, 8], [5, 6], [3, 4]))
  t.pass()
})

test('[R2018-6] four blocks fit, three beside timestamps; edges are inclusive and exclusive', t => {
  for (const timestamps of [false, true]) {
    const d = dialogue({ tcp: { sack: true, timestamps } })
    const ts = timestamps ? ',nop,nop,TS val 1 ecr 0' : ''
    d.established(
      {},
      `S 0:0(0) win 65535 <mss 1460,nop,nop,sackOK${ts}>`,
      `. 1:1(0) ack 1 win 65535${timestamps ? ' <nop,nop,TS val 1 ecr 0>' : ''}`,
    )
    for (const n of [1, 3, 5, 7, 9]) d.receives(`${text(n)}${timestamps ? ' <nop,nop,TS val 2 ecr 0>' : ''}`)
    const last = d.skip().at(-1)!
    t.is(last.flags, ACK)
    const most = timestamps ? 3 : 4
    const reported = [9, 7, 5, 3].slice(0, most).map(n => block([n, n + 1]))
    t.true(formatOptions(last.options, d.peerIss).endsWith(`nop,nop,sack ${reported.join(' ')}`))
    t.is(last.options.length, (timestamps ? 12 : 0) + 2 + 8 * most + 2)
    t.true(20 + last.options.length <= 60)
  }
})

test('[R2018-3] a FIN above a gap is reported with the text before it, and is gone once all has come', t => {
  const d = open()
  d.receives(text(1))
  d.sends(acks(0, [1, 2]))
  d.receives(`F. ${at(2)}:${at(2)}(0) ack 1`)
  d.sends(`. 1:1(0) ack 1 <nop,nop,sack ${at(1)}:${at(2) + 1}>`)
  // Text that is said to lie beyond the end is none of the stream.
  d.receives(text(3))
  d.sends(`. 1:1(0) ack 1 <nop,nop,sack ${at(1)}:${at(2) + 1}>`)
  d.receives(text(0))
  d.sends(`. 1:1(0) ack ${at(2) + 1} <>`)
  t.pass()
})

test('what there was no room to keep is not reported', t => {
  const d = dialogue({ tcp: { sack: true, reassemblySegments: 2 } })
  d.established({}, SYN_SACK)
  for (const n of [30, 28]) d.receives(`. ${n}:${n + 1}(1) ack 1`)
  d.skip()
  d.receives('. 26:27(1) ack 1')
  d.sends('. 1:1(0) ack 1 <nop,nop,sack 26:27 28:29>')
  t.pass()
})
