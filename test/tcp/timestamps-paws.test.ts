/** The timestamps option and PAWS, RFC 7323 §3 to §5. */
import test from 'ava'
import type { Connection } from '../../src/tcp/block/connection.ts'
import { abort, close, configure, send } from '../../src/tcp/calls.ts'
import { RST } from '../../src/wire/tcp.ts'
import { type Dialogue, dialogue } from '../support/dialogue.ts'
import type { RecordingUser } from '../support/recording-user.ts'
import { timestampsOf } from '../support/sent.ts'

const TCP = { timestamps: true }
const DAY = 86_400_000

/** The option as the peer writes it. */
const ts = (val: number, ecr = 0): string => `<nop,nop,TS val ${val} ecr ${ecr}>`

/** A connection whose peer has begun with TSval `first`. */
const stamped = (d: Dialogue, first = 100): RecordingUser => {
  d.listen()
  d.receives(`S 0:0(0) win 65535 <mss 1460,nop,nop,TS val ${first} ecr 0>`)
  d.sends('S. 0:0(0) ack 1')
  d.receives(`. 1:1(0) ack 1 win 65535 ${ts(first)}`)
  d.silent()
  return d.accepted.at(-1)!
}

const echoed = (d: Dialogue): number => timestampsOf(d.next())!.ecr

// Segments that carry it

test('[R7323-6] after both SYNs carried it, every segment but a RST does: data, ACK, keep-alive, FIN, last ACK', t => {
  const d = dialogue({ tcp: TCP })
  const c = stamped(d).connection!
  d.receives(`P. 1:11(10) ack 1 ${ts(101)}`)
  d.after(40)
  send(c, Buffer.from('data'))
  d.after(0)
  d.receives(`. 11:11(0) ack 5 ${ts(102)}`)
  configure(c, { keepAlive: true, keepAliveIdle: 1000 })
  d.after(1000)
  d.receives(`. 11:11(0) ack 5 ${ts(103)}`)
  close(c)
  d.after(0)
  d.receives(`F. 11:11(0) ack 6 ${ts(104)}`)
  d.receives(`F. 11:11(0) ack 6 ${ts(104)}`)
  const sent = d.skip()
  t.is(sent.length, 6)
  for (const s of sent) t.not(timestampsOf(s), null, d.describe(s))
})

test('[R7323-6] a segment without it is dropped in silence; the connection lives, and takes it with it', t => {
  const d = dialogue({ tcp: { ...TCP, timestampsMayMiss: false } })
  const user = stamped(d)
  d.receives('P. 1:11(10) ack 1')
  d.after(1000)
  d.silent()
  t.is(user.text, '')
  t.is(d.host.drops['timestamp-missing'], 1)
  d.receives(`P. 1:11(10) ack 1 ${ts(101)}`)
  t.is(user.text, 'abcdefghij')
})

test('[R7323-6] by default it is taken without: keep-alives of Windows and Apple have none, nor what a middlebox has stripped', t => {
  const d = dialogue({ tcp: TCP })
  const user = stamped(d)
  d.receives('P. 1:11(10) ack 1')
  t.is(user.text, 'abcdefghij')
  d.after(40)
  d.skip()
  d.receives('. 10:11(1) ack 1')
  t.is((d.next().ack - d.peerIss) | 0, 11)
})

test('[R7323-6] not negotiated: on a segment it is ignored, and ours have none', t => {
  for (const tcp of [TCP, { timestamps: false }]) {
    const d = dialogue({ tcp })
    const user = d.established({}, tcp.timestamps ? 'S 0:0(0)' : `S 0:0(0) ${ts(100)}`)
    d.receives(`P. 1:11(10) ack 1 ${ts(101, 7)}`)
    d.receives(`P. 11:21(10) ack 1 ${ts(50, 7)}`)
    t.is(user.text, 'abcdefghijklmnopqrst')
    d.after(40)
    t.is(d.next().options.length, 0)
  }
})

test('[R7323-7] TSecr of our SYN is 0; the SYN,ACK echoes the TSval of the SYN', t => {
  const d = dialogue({ tcp: TCP })
  d.connect()
  t.is(echoed(d), 0)
  d.localPort = 81
  d.listen()
  d.receives('S 0:0(0) <mss 1460,nop,nop,TS val 4711 ecr 99>')
  t.is(echoed(d), 4711)
})

test('[R7323-7] TSecr without ACK counts for nothing', t => {
  const d = dialogue({ tcp: TCP })
  const user = d.connect()
  const { val } = timestampsOf(d.next())!
  d.after(500)
  d.receives(`S 0:0(0) ${ts(1, val)}`)
  t.is(user.connection!.rto.srtt, -1)
})

test('[R7323-8] our clock ticks once a millisecond', t => {
  const d = dialogue({ tcp: TCP })
  const c = stamped(d).connection!
  const at = (ms: number): number => {
    d.after(ms)
    send(c, Buffer.from('x'))
    const { val } = timestampsOf(d.next())!
    d.receives(`. 1:1(0) ack ${(c.snd.nxt - c.snd.iss) | 0} ${ts(200)}`)
    return val
  }
  const first = at(0)
  t.is((at(1) - first) | 0, 1)
  t.is((at(999) - first) | 0, 1000)
  t.is((at(3_600_000) - first) | 0, 3_601_000)
})

test('[R7323-8] a peer that speaks after a long silence echoes an old TSval: no sample of that', t => {
  const d = dialogue({ tcp: TCP })
  const c = stamped(d).connection!
  send(c, Buffer.from('x'))
  const { val } = timestampsOf(d.next())!
  d.after(20)
  d.receives(`. 1:1(0) ack 2 ${ts(101, val)}`)
  const { srtt, rttvar } = c.rto
  d.after(60_000)
  d.receives(`P. 1:11(10) ack 2 ${ts(60_101, val)}`)
  t.like(c.rto, { srtt, rttvar })
})

// §4.3: which timestamp is echoed

test('[R7323-9] delayed ACKs: A, B, C in order are answered with the TSval of A', t => {
  const d = dialogue({ tcp: TCP })
  stamped(d, 1)
  d.receives(`P. 1:101(100) ack 1 ${ts(1)}`)
  d.receives(`P. 101:201(100) ack 1 ${ts(2)}`)
  d.receives(`P. 201:301(100) ack 1 ${ts(3)}`)
  d.after(40)
  const sent = d.sends('. 1:1(0) ack 301')
  t.is(timestampsOf(sent)!.ecr, 1)
})

test('[R7323-9] a hole: A, C, B, E, D are answered with the TSvals of A, A, B, B, D', t => {
  const d = dialogue({ tcp: { ...TCP, delayedAck: 0 } })
  stamped(d, 1)
  const table: [string, number, string, number][] = [
    ['. 1:101(100) ack 1', 1, '. 1:1(0) ack 101', 1],
    ['. 201:301(100) ack 1', 3, '. 1:1(0) ack 101', 1],
    ['. 101:201(100) ack 1', 2, '. 1:1(0) ack 301', 2],
    ['. 401:501(100) ack 1', 5, '. 1:1(0) ack 301', 2],
    ['. 301:401(100) ack 1', 4, '. 1:1(0) ack 501', 4],
  ]
  for (const [arrives, val, leaves, ecr] of table) {
    d.receives(`${arrives} ${ts(val)}`)
    t.is(timestampsOf(d.sends(leaves))!.ecr, ecr, arrives)
  }
})

// §5: PAWS

test('[R2883-6][R7323-10] data in the window with an older TSval: an ACK, and it is not delivered', t => {
  const d = dialogue({ tcp: TCP })
  const user = stamped(d)
  d.receives(`P. 1:11(10) ack 1 ${ts(99)}`)
  d.sends('. 1:1(0) ack 1')
  t.is(user.text, '')
  t.is(d.host.drops.paws, 1)
  d.receives(`P. 1:11(10) ack 1 ${ts(100)}`)
  t.is(user.text, 'abcdefghij')
})

test('[R7323-10] TSvals go round: from 0xffffffff to 0 and from 0x7fffffff to 0x80000000 is forward', t => {
  for (const [before, after] of [
    [0xffff_ffff, 0],
    [0x7fff_ffff, 0x8000_0000],
  ] as const) {
    const d = dialogue({ tcp: TCP })
    const user = stamped(d, before)
    d.receives(`P. 1:11(10) ack 1 ${ts(after)}`)
    t.is(user.text.length, 10)
    d.after(40)
    d.skip()
    d.receives(`P. 11:21(10) ack 1 ${ts(before)}`)
    d.sends('. 1:1(0) ack 11')
    t.is(user.text.length, 10)
  }
})

test('[R7323-10] an old ACK does not even move SND.UNA', t => {
  const d = dialogue({ tcp: TCP })
  const c = stamped(d).connection!
  send(c, Buffer.from('data'))
  d.skip()
  d.receives(`. 1:1(0) ack 5 ${ts(99)}`)
  t.is((c.snd.una - c.snd.iss) | 0, 1)
})

test('[R7323-11] a RST with an old TSval at RCV.NXT resets', t => {
  const d = dialogue({ tcp: TCP })
  const user = stamped(d)
  d.receives(`R 1:1(0) ${ts(1)}`)
  t.is(user.log.at(-1), 'closed ECONNRESET')
})

test('[R7323-11] a RST without the option resets too; one with it leaves TS.Recent as it is', t => {
  const d = dialogue({ tcp: TCP })
  const user = stamped(d)
  d.receives(`R 2:2(0) ${ts(5000)}`)
  t.is(user.connection!.tsRecent, 100)
  d.receives('R 1:1(0)')
  t.is(user.log.at(-1), 'closed ECONNRESET')
})

test('[R7323-11] our RST in reply echoes SEG.TSval, with a TSval of 0', t => {
  const d = dialogue({ tcp: TCP })
  d.receives(`. 1:1(0) ack 1 ${ts(77, 5)}`)
  const reset = d.next()
  t.is(reset.flags, RST)
  t.deepEqual(timestampsOf(reset), { val: 0, ecr: 77 })
})

test('[R7323-11] the RST of an ABORT has our clock and the echo; that in reply to a stranger a TSval of 0', t => {
  const d = dialogue({ tcp: TCP })
  const { connection } = stamped(d)
  d.after(250)
  const val = connection!.tsNow
  abort(connection!)
  t.deepEqual(timestampsOf(d.sends('R. 1:1(0) ack 1')), { val, ecr: 100 })
  d.receives(`. 1:1(0) ack 1 ${ts(77, 5)}`)
  t.deepEqual(timestampsOf(d.sends('R 1:1(0)')), { val: 0, ecr: 77 })
  d.receives('. 1:1(0) ack 1')
  t.is(timestampsOf(d.sends('R 1:1(0)')), null)
})

test('[R7323-12] after 24 days of silence TS.Recent is void: a lower TSval is taken', t => {
  for (const [silence, taken] of [
    [24 * DAY - 1, false],
    [24 * DAY, true],
  ] as const) {
    const d = dialogue({ tcp: TCP })
    const user = stamped(d, 1000)
    d.after(silence)
    d.receives(`P. 1:11(10) ack 1 ${ts(10)}`)
    t.is(user.text.length, taken ? 10 : 0, `${silence} ms`)
    t.is(user.connection!.tsRecent, taken ? 10 : 1000)
    d.receives(`P. 11:21(10) ack 1 ${ts(9)}`)
    t.is(user.text.length, taken ? 10 : 0)
  }
})

test('[R7323-12] our clock does not wrap within an MSL, nor stand still for 2^31 bytes', t => {
  const d = dialogue({ tcp: TCP })
  const c: Connection = stamped(d).connection!
  const before = c.tsNow
  d.after(c.options.msl)
  t.true(((c.tsNow - before) | 0) > 0)
})

test('[R7323-12] the 24 days count from the SYN, however long the host has been up', t => {
  const d = dialogue({ tcp: TCP })
  d.after(30 * DAY)
  const user = stamped(d, 1000)
  d.receives(`P. 1:11(10) ack 1 ${ts(999)}`)
  t.is(user.text, '')
  t.is(d.host.drops.paws, 1)
})

test('[R7323-9] text in one batch with the SYN,ACK: its TSval is echoed', t => {
  const d = dialogue({ tcp: TCP })
  d.connect()
  d.sends('S 0:0(0)')
  d.receives('S. 0:0(0) ack 1 win 65535 <mss 1460,nop,nop,TS val 100 ecr 0>', `P. 1:11(10) ack 1 ${ts(107)}`)
  d.after(40)
  t.is(echoed(d), 107)
})

test('the timestamp of a SYN within the window, or of an acknowledgment nobody can have sent, is not remembered', t => {
  for (const forged of [
    'S 1:1(0) win 65535',
    'S. 1:1(0) ack 1 win 65535',
    '. 1:1(0) ack -60000 win 65535',
    '. 1:1(0) ack 9 win 65535',
  ]) {
    const d = dialogue({ tcp: TCP })
    const c = stamped(d).connection!
    d.receives(`${forged.replace('ack -60000', 'ack 4294907296')} ${ts(1_000_000)}`)
    d.skip()
    d.receives(`P. 1:11(10) ack 1 ${ts(101)}`)
    t.is(c.rcv.nxt - c.rcv.irs, 11, forged)
  }
})
