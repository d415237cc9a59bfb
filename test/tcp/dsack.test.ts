/** D-SACK, RFC 2883: what has come twice. The examples of its §4, with 1 for 1000 or so and segments of 500 bytes. */
import test from 'ava'
import { type Dialogue, dialogue } from '../support/dialogue.ts'

const SYN_SACK = 'S 0:0(0) win 65535 <mss 1460,nop,nop,sackOK>'
const text = (from: number, to: number): string => `. ${from}:${to}(${to - from}) ack 1`
const open = (received = 0): Dialogue => {
  const d = dialogue({ tcp: { sack: true } })
  d.established({}, SYN_SACK)
  for (let n = 0; n < received; n++) d.receives(text(1 + 500 * n, 501 + 500 * n))
  d.after(40)
  d.skip()
  return d
}

test('[R2883-1] §4.1.1: a segment that was acknowledged comes again', t => {
  const d = open(6)
  d.receives(text(2001, 2501))
  d.sends('. 1:1(0) ack 3001 <nop,nop,sack 2001:2501>')
  t.pass()
})

test('[R2883-1] §4.1.2: a duplicate below, while there is a gap: its block, then the one above', t => {
  const d = open(6)
  d.receives(text(3501, 4001))
  d.sends('. 1:1(0) ack 3001 <nop,nop,sack 3501:4001>')
  d.receives(text(1, 501))
  d.sends('. 1:1(0) ack 3001 <nop,nop,sack 1:501 3501:4001>')
  t.pass()
})

test('[R2883-2] §4.1.3: a duplicate within a block above: the block that holds it is the second', t => {
  const d = open(6)
  d.receives(text(3501, 4001))
  d.receives(text(4001, 4501))
  d.receives(text(5001, 5501))
  d.skip()
  d.receives(text(4001, 4501))
  d.sends('. 1:1(0) ack 3001 <nop,nop,sack 4001:4501 3501:4501 5001:5501>')
  t.pass()
})

test('[R2883-3] a duplicate is reported once, in one ACK', t => {
  const d = open(6)
  d.receives(text(2001, 2501))
  d.sends('. 1:1(0) ack 3001 <nop,nop,sack 2001:2501>')
  d.receives(text(3501, 4001))
  d.sends('. 1:1(0) ack 3001 <nop,nop,sack 3501:4001>')
  d.receives(text(3501, 4001))
  d.sends('. 1:1(0) ack 3001 <nop,nop,sack 3501:4001 3501:4001>')
  d.receives(text(4501, 5001))
  d.sends('. 1:1(0) ack 3001 <nop,nop,sack 4501:5001 3501:4001>')
  t.pass()
})

test('[R2883-3] of two duplicates before one ACK the most recent is reported', t => {
  const d = open(6)
  d.receives(text(1, 501), text(1001, 1501))
  const sent = d.skip()
  t.regex(d.describe(sent.at(-1)!), /ack 3001 .*<nop,nop,sack 1001:1501>/)
})

test('[R2883-4] §4.2.1: of a segment that is a duplicate in part only that part is reported', t => {
  const d = open(2)
  d.receives(text(501, 1501))
  d.after(40)
  d.sends('. 1:1(0) ack 1501 <nop,nop,sack 501:1001>')
  t.pass()
})

test('[R2883-4] §4.2.2, §4.2.3: of two duplicate parts the first is reported', t => {
  const d = open(2)
  d.receives(text(1501, 2001))
  d.receives(text(2501, 3001))
  d.skip()
  // Covers 1501:2001 and 2501:3001, which are there, and fills 2001:2501; the gap at 1001 stays.
  d.receives(text(1501, 3001))
  d.sends('. 1:1(0) ack 1001 <nop,nop,sack 1501:2001 1501:3001>')
  t.pass()
})

test('[R2883-4] text in order that repeats what is held above the gap: that part is reported below the ACK', t => {
  const d = open()
  d.receives(text(301, 401))
  d.sends('. 1:1(0) ack 1 <nop,nop,sack 301:401>')
  d.receives(text(601, 701))
  d.sends('. 1:1(0) ack 1 <nop,nop,sack 601:701 301:401>')
  d.receives(text(1, 351))
  d.sends('. 1:1(0) ack 401 <nop,nop,sack 301:351 601:701>')
  // All of a piece and the gap after it; then just what is missing.
  d.receives(text(401, 751))
  d.sends('. 1:1(0) ack 751 <nop,nop,sack 601:701>')
  d.receives(text(801, 901))
  d.sends('. 1:1(0) ack 751 <nop,nop,sack 801:901>')
  d.receives(text(751, 801))
  d.sends('. 1:1(0) ack 901 <>')
  t.pass()
})

test('[R2883-4] text in order that begins with old and ends with held text: the old part is reported', t => {
  const d = open()
  d.receives(text(1, 101))
  d.receives(text(301, 401))
  d.skip()
  d.receives(text(51, 351))
  d.sends('. 1:1(0) ack 401 <nop,nop,sack 51:101>')
  // The next duplicate is told of again.
  d.receives(text(501, 601))
  d.sends('. 1:1(0) ack 401 <nop,nop,sack 501:601>')
  d.receives(text(401, 551))
  d.sends('. 1:1(0) ack 601 <nop,nop,sack 501:551>')
  t.pass()
})

test('[R2883-1] a FIN that comes again is reported by its number, with its text', t => {
  for (const length of [0, 100]) {
    const d = open()
    const fin = `F. 1:${1 + length}(${length}) ack 1`
    d.receives(fin)
    d.sends(`. 1:1(0) ack ${2 + length} <>`)
    d.receives(fin)
    d.sends(`. 1:1(0) ack ${2 + length} <nop,nop,sack 1:${2 + length}>`)
  }
  t.pass()
})

test('[R2883-2] so is one above a gap', t => {
  for (const length of [0, 100]) {
    const d = open()
    const end = 502 + length
    const fin = `F. 501:${501 + length}(${length}) ack 1`
    d.receives(fin)
    d.sends(`. 1:1(0) ack 1 <nop,nop,sack 501:${end}>`)
    d.receives(fin)
    d.sends(`. 1:1(0) ack 1 <nop,nop,sack 501:${end} 501:${end}>`)
    d.receives(text(1, 501))
    d.sends(`. 1:1(0) ack ${end} <>`)
  }
  t.pass()
})

test('[R2883-6] a segment that PAWS refuses is acknowledged', t => {
  const d = dialogue({ tcp: { sack: true, timestamps: true } })
  d.established(
    {},
    'S 0:0(0) win 65535 <mss 1460,nop,nop,sackOK,nop,nop,TS val 100 ecr 0>',
    '. 1:1(0) ack 1 win 65535 <nop,nop,TS val 100 ecr 0>',
  )
  d.receives(`${text(1, 501)} <nop,nop,TS val 200 ecr 0>`)
  d.after(40)
  d.skip()
  d.receives(`${text(1, 501)} <nop,nop,TS val 50 ecr 0>`)
  t.is(d.host.drops.paws, 1)
  t.regex(d.describe(d.next()), / \. 1:1\(0\) ack 501 /)
})
