/** Rules of RFC 9293 without a label, about what stands in the headers (§3.1, §3.4, §3.7.1, appendix A.1). */
import ava from 'ava'
import { send } from '../../src/tcp/calls.ts'
import { fold, sum16 } from '../../src/wire/checksum.ts'
import { pseudoHeaderSum } from '../../src/wire/pseudo-header.ts'
import { ACK, PSH, writeTcp } from '../../src/wire/tcp.ts'
import { dialogue as makeDialogue } from '../support/dialogue.ts'
import { OURS, PEER } from '../support/packets.ts'
import { edited, reach, stateOf, stream, test } from '../support/states.ts'

test('[NX-1] reserved bits that are set are ignored; ours are zero', (t, dialogue) => {
  const d = dialogue()
  d.listen()
  const reserved = (line: string) => {
    const packet = d.build(line)
    return edited(packet, [32, packet[32]! | 0x0f])
  }
  d.inject(reserved('S 0:0(0) <mss 1460>'))
  d.sends('S. 0:0(0) ack 1')
  d.inject(reserved('. 1:1(0) ack 1'))
  d.inject(reserved('P. 1:11(10) ack 1'))
  t.is(d.accepted[0]!.text, stream(1, 10))
  d.inject(reserved('F. 11:11(0) ack 1'))
  d.sends('. 1:1(0) ack 12')
  t.is(stateOf(d), 'CLOSE_WAIT')
  for (const { payload } of d.link.sent) t.is(payload[12]! & 0x0f, 0)
})

ava('[NX-2] the checksum, by known answers: an odd octet counts as if a zero followed', t => {
  for (const [text, checksum] of [
    ['', 0x7f24],
    ['a', 0x1e23],
    ['ab', 0x1dc0],
    ['abc', 0xbabe],
    ['\xff\xff\xff\xff\xff', 0x801e],
    [stream(1, 1459), 0x8307],
    [stream(1, 1460), 0x82a2],
  ] as const) {
    const length = 20 + text.length
    // The next byte in memory is no zero.
    const memory = new Uint8Array(length + 1).fill(0xff)
    writeTcp(memory, 0, 40_000, 80, 0x01020304, 0x05060708, 20, ACK | PSH, 65_535, 0)
    memory.set(Buffer.from(text, 'latin1'), 20)
    const sum = pseudoHeaderSum(PEER, OURS, 6, length) + sum16(memory, 0, length)
    t.is(~fold(sum) & 0xffff, checksum, text)
  }
})

ava('[NX-2] odd text goes out and comes in with that sum, whatever the octet behind it', t => {
  const d = makeDialogue()
  const { c, user } = reach(d, 'ESTABLISHED')
  for (let length = 1; length < 8; length++) {
    // As a part of something larger: what follows is not zero.
    const sent = c.snd.nxt - c.snd.iss
    send(c, Buffer.alloc(16, 0xff).subarray(0, length))
    d.sends(`P. ${sent}:${sent + length}(${length}) ack ${(c.rcv.nxt - d.peerIss) | 0}`)
    const next = (c.rcv.nxt - d.peerIss) | 0
    d.receives(`P. ${next}:${next + length}(${length}) ack ${sent + length}`)
  }
  t.is(user!.text.length, 28)
  const bad = d.build(`P. 29:32(3) ack 29`)
  bad[42]! ^= 1
  d.inject(bad)
  t.is(user!.text.length, 28)
  t.is(d.host.drops['tcp-checksum'], 1)
})

test('[NX-4] SYN and FIN take a number each, before and after the text', (t, dialogue) => {
  const closed = dialogue()
  closed.receives('SF 7:10(3)')
  closed.sends('R. 0:0(0) ack 12')

  const d = dialogue()
  const { c, user } = reach(d, 'SYN_SENT')
  d.inject(d.build('SF. 0:3(3) ack 1', 'abc'))
  d.sends('. 1:1(0) ack 5')
  t.is(user!.text, 'abc')
  send(c, Buffer.from('xyz'))
  d.sends('P. 1:4(3) ack 5')
})

test('[NX-18] Eff.snd.MSS: what the peer takes, what the link takes, less the options on each segment', (t, dialogue) => {
  for (const [mtu, mss, timestamps, length] of [
    [1500, 1460, false, 1460],
    [1500, 1460, true, 1448],
    [1500, 1000, false, 1000],
    [1500, 1000, true, 988],
    [1500, 9000, false, 1460],
    [1500, 9000, true, 1448],
    [576, 1460, false, 536],
    [576, 1460, true, 524],
  ] as const) {
    const d = dialogue({ mtu, tcp: { timestamps } })
    const ts = timestamps ? 'nop,nop,TS val 1 ecr 0' : ''
    const user = d.established(
      {},
      `S 0:0(0) win 65535 <mss ${mss}${timestamps ? `,${ts}` : ''}>`,
      `. 1:1(0) ack 1${timestamps ? ` <${ts}>` : ''}`,
    )
    send(user.connection!, Buffer.alloc(3 * length))
    const sent = d.skip()
    t.deepEqual(
      sent.map(s => s.text.length),
      [length, length, length],
    )
    t.true(sent.every(s => s.raw.length <= mtu))
  }
})

test('[NX-28] precedence and Diffserv of what comes in are ignored', (t, dialogue) => {
  const d = dialogue()
  d.listen()
  const marked = (line: string, octet: number) => edited(d.build(line), [1, octet])
  d.inject(marked('S 0:0(0)', 0xb8))
  d.sends('S. 0:0(0) ack 1')
  d.inject(marked('. 1:1(0) ack 1', 0xe0))
  let next = 1
  for (const octet of [0, 0x20, 0x48, 0xb8, 0xc0, 0xfc]) {
    d.inject(marked(`P. ${next}:${next + 10}(10) ack 1`, octet))
    next += 10
  }
  t.is(d.accepted[0]!.text, stream(1, 60))
  d.after(40)
  d.sends('. 1:1(0) ack 61')
  t.true(d.link.sent.every(s => s.trafficClass === 0))
})

ava(
  '[NX-27] no quiet time: a host that has just started opens at once, by numbers nobody can foretell',
  t => {
    const numbers = new Set<number>()
    for (let seed = 0; seed < 20; seed++) {
      const d = makeDialogue({ seed })
      d.connect()
      const { seq, time } = d.next()
      t.is(time, 0)
      numbers.add(seq)
    }
    t.is(numbers.size, 20)
  },
)
