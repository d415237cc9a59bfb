/** Accurate ECN: what two ends agree on, and how the handshake tells of the ECN field (RFC 9768 §3.1, §3.2.2.1). */
import test from 'ava'
import { send } from '../../src/tcp/calls.ts'
import { tcpInfo } from '../../src/tcp/tcp-info.ts'
import {
  accurate,
  connectionOf,
  EMPTY_COUNTERS,
  listening,
  MSS,
  SERVER_OPTION,
  sendsText,
} from '../support/accurate-handshake.ts'

test('[R9768-1] our SYN asks with AE, CWR and ECE', t => {
  const d = accurate()
  d.connect()
  d.sends(`[noecn] SEWA 0:0(0) <${MSS}>`)
  t.pass()
})

test('[R9768-2] a SYN,ACK says how the ECN field of the SYN has come', t => {
  for (const [field, flags] of [
    ['noecn', 'SW.'],
    ['ect1', 'SEW.'],
    ['ect0', 'SA.'],
    ['ce', 'SWA.'],
  ] as const) {
    const d = listening()
    d.receives(`[${field}] SEWA 0:0(0) win 65535 <${MSS}>`)
    d.sends(`[noecn] ${flags} 0:0(0) ack 1 <${SERVER_OPTION}>`)
  }
  t.pass()
})

test('[R9768-3] reserved flags of a SYN stand for a wish for accurate ECN', t => {
  for (const flags of ['SE', 'SW', 'SA', 'SEA', 'SWA']) {
    const d = listening()
    d.receives(`${flags} 0:0(0) win 65535 <${MSS}>`)
    d.sends(`SW. 0:0(0) ack 1 <${SERVER_OPTION}>`)
  }
  t.pass()
})

test('[R9768-4] a SYN that asks for the classic kind gets that, one that asks for none gets none', t => {
  const d = listening()
  d.receives(`SEW 0:0(0) win 65535 <${MSS}>`)
  d.sends(`SE. 0:0(0) ack 1 <${MSS}>`)
  const plain = listening()
  plain.receives(`S 0:0(0) win 65535 <${MSS}>`)
  plain.sends(`S. 0:0(0) ack 1 <${MSS}>`)
  t.pass()
})

test('a server that has only the classic kind answers a wish for the accurate one with it', t => {
  for (const ecn of ['passive', 'on'] as const) {
    const d = listening({ ecn })
    d.receives(`SEWA 0:0(0) win 65535 <${MSS}>`)
    d.sends(`SE. 0:0(0) ack 1 <${MSS}>`)
  }
  const off = listening({ ecn: 'off' })
  off.receives(`SEWA 0:0(0) win 65535 <${MSS}>`)
  off.sends(`S. 0:0(0) ack 1 <${MSS}>`)
  t.pass()
})

test("'accurate-passive' takes it and does not ask, 'accurate-classic' takes it and asks for the classic kind", t => {
  for (const [ecn, syn] of [
    ['accurate-passive', 'S'],
    ['accurate-classic', 'SEW'],
  ] as const) {
    const d = listening({ ecn })
    d.receives(`SEWA 0:0(0) win 65535 <${MSS}>`)
    d.sends(`SW. 0:0(0) ack 1 <${SERVER_OPTION}>`)
    const client = accurate({ ecn })
    client.connect()
    client.sends(`${syn} 0:0(0)`)
  }
  t.pass()
})

test('[R9768-5] a client takes the SYN,ACK as table 2 says', t => {
  for (const [flags, mode] of [
    ['S.', 0],
    ['SEWA.', 0],
    ['SE.', 1],
    ['SW.', 2],
    ['SEW.', 2],
    ['SA.', 2],
    ['SWA.', 2],
    // Reserved: as if the SYN had come unchanged (§3.1.3).
    ['SEA.', 2],
  ] as const) {
    const d = accurate()
    const { connection: c } = d.connect()
    d.next()
    d.receives(`${flags} 0:0(0) ack 1 win 65535 <${MSS}>`)
    t.is(tcpInfo(c!).tcpi_ecn_mode, mode, flags)
  }
})

test('[R9768-6] the ACK of the SYN,ACK says how that has come, and a mark on it counts', t => {
  for (const [field, ace, after] of [
    ['noecn', 2, 5],
    ['ect1', 3, 5],
    ['ect0', 4, 5],
    ['ce', 6, 6],
  ] as const) {
    const d = accurate()
    const { connection: c } = d.connect()
    d.next()
    d.receives(`[${field}] SW. 0:0(0) ack 1 win 65535 <${SERVER_OPTION}>`)
    d.sends(`[noecn] .${ace} 1:1(0) ack 1 <${EMPTY_COUNTERS}>`)
    sendsText(d, c!, `[ect0] P.${after} 1:101(100) ack 1 <${EMPTY_COUNTERS}>`)
  }
  t.pass()
})

test('[R9768-7] that ACK leaves by itself, though there is text to ride on', t => {
  const d = accurate()
  const user = d.connect()
  d.next()
  send(user.connection!, Buffer.alloc(100))
  d.receives(`[ect0] SW. 0:0(0) ack 1 win 65535 <${MSS}>`)
  d.sends('.4 1:1(0) ack 1')
  d.sends('[ect0] P.5 1:101(100) ack 1')
  t.pass()
})

test('[R9768-8][R9768-22] a SYN,ACK that comes again is answered with its own field, and its flags are no count', t => {
  const d = accurate()
  const { connection: c } = d.connect()
  d.next()
  d.receives(`[ce] SW. 0:0(0) ack 1 win 65535 <${MSS}>`)
  d.sends('.6 1:1(0) ack 1')
  d.after(6000)
  d.receives(`[ect0] SW. 0:0(0) ack 1 win 65535 <${MSS}>`)
  d.sends('.4 1:1(0) ack 1')
  // Marks count once, however many SYN,ACKs have them.
  d.after(6000)
  d.receives(`[ce] SWA. 0:0(0) ack 1 win 65535 <${MSS}>`)
  d.sends('.6 1:1(0) ack 1')
  d.receives('P.5 1:101(100) ack 1 win 60000')
  d.after(40)
  d.sends('.6 1:1(0) ack 101')
  t.is(tcpInfo(c!).tcpi_delivered_ce, 0)
})

test('[R9768-9] what the last ACK of the handshake tells: table 4', t => {
  for (const [ace, marked, ect] of [
    [1, 0, true],
    [2, 0, true],
    [5, 0, true],
    [7, 0, true],
    // Our SYN,ACK was not ECN-capable: something on the way has made it so.
    [3, 0, false],
    [4, 0, false],
    [6, 1, false],
    // The field is zeroed, or the client has no ECN.
    [0, 0, false],
  ] as const) {
    const d = listening()
    d.receives(`SEWA 0:0(0) win 65535 <${MSS}>`)
    d.next()
    d.receives(`.${ace} 1:1(0) ack 1 win 60000`)
    const c = connectionOf(d)
    sendsText(d, c, `[${ect ? 'ect0' : 'noecn'}] P.5 1:101(100) ack 1`)
    t.is(tcpInfo(c).tcpi_delivered_ce, marked, `ACE ${ace}`)
  }
})

test('a mark on the SYN,ACK makes the first window small, and DCTCP keeps to accurate feedback', t => {
  const d = listening({ congestionControl: 'dctcp', ecnFallback: false })
  d.receives(`SEWA 0:0(0) win 65535 <${MSS}>`)
  d.next()
  d.receives('.6 1:1(0) ack 1 win 60000')
  const { congestion, snd } = connectionOf(d)
  t.is(congestion.cwnd, snd.mss)
  t.true(congestion.ownsWindow, 'a classic controller has taken its place')
})

test('[R9768-9] mangled or not, what comes is still told', t => {
  const d = listening()
  d.receives(`SEWA 0:0(0) win 65535 <${MSS}>`)
  d.next()
  d.receives('.0 1:1(0) ack 1 win 60000')
  d.receives('[ce] P.5 1:101(100) ack 1 win 60000')
  d.sends('.6 1:1(0) ack 101 <ECN e1b 1 ceb 100>')
  // And marks that the peer tells of are not acted on.
  const c = connectionOf(d)
  send(c, Buffer.alloc(100))
  d.skip()
  d.receives('.6 101:101(0) ack 101 win 60000')
  t.is(c.recovery.phase, 'open')
})

test('[R9768-15] an option on a SYN is nothing', t => {
  const d = listening()
  d.receives('SEWA 0:0(0) win 65535 <mss 1460,ECN e0b 77 ceb 5 e1b 9,nop>')
  d.sends(`SW. 0:0(0) ack 1 <${SERVER_OPTION}>`)
  d.receives('.2 1:1(0) ack 1 win 60000')
  const { tcpi_accecn_opt_seen: seen, tcpi_delivered_ce_bytes: bytes } = tcpInfo(connectionOf(d))
  t.deepEqual([seen, bytes], [0, 0])
})

test('[R9768-16] a mark on the SYN is told by the SYN,ACK, and not counted', t => {
  const d = listening()
  d.receives(`[ce] SEWA 0:0(0) win 65535 <${MSS}>`)
  d.sends('SWA. 0:0(0) ack 1')
  d.receives('.2 1:1(0) ack 1 win 60000')
  sendsText(d, connectionOf(d), 'P.5 1:101(100) ack 1')
  t.is(tcpInfo(connectionOf(d)).tcpi_received_ce, 0)
})

test('[R9768-17] our SYN was not ECN-capable: told otherwise, no packet of ours is', t => {
  for (const flags of ['SEW.', 'SA.', 'SWA.']) {
    const d = accurate()
    const { connection: c } = d.connect()
    d.next()
    d.receives(`${flags} 0:0(0) ack 1 win 65535 <${MSS}>`)
    d.next()
    sendsText(d, c!, '[noecn] P.5 1:101(100) ack 1')
    t.is(tcpInfo(c!).tcpi_delivered_ce, 0)
  }
  const trusting = accurate({ ecnFallback: false })
  const { connection: c } = trusting.connect()
  trusting.next()
  trusting.receives(`SA. 0:0(0) ack 1 win 65535 <${MSS}>`)
  trusting.next()
  sendsText(trusting, c!, '[ect0] P.5 1:101(100) ack 1')
})

test('SYNs that cross agree to the kind that both have asked for', t => {
  for (const [ecn, crossing, answer] of [
    ['accurate', '[ect0] SEWA', 'SA.'],
    ['accurate', 'SEW', 'SE.'],
    ['accurate', 'S', 'S.'],
    ['on', 'SEW', 'SE.'],
    ['on', 'SEWA', 'SE.'],
    ['accurate-passive', 'SEWA', 'S.'],
  ] as const) {
    const d = accurate({ ecn })
    d.connect()
    d.next()
    d.receives(`${crossing} 0:0(0) win 65535 <${MSS}>`)
    d.sends(`${answer} 0:0(0) ack 1`)
  }
  t.pass()
})

test('SYNs that cross: the SYN,ACKs are acknowledged as those of a server', t => {
  const d = accurate()
  const { connection: c } = d.connect()
  d.next()
  d.receives(`SEWA 0:0(0) win 65535 <${MSS}>`)
  d.next()
  d.receives(`[ect0] SW. 0:0(0) ack 1 win 65535 <${SERVER_OPTION}>`)
  sendsText(d, c!, '[ect0] P.5 1:101(100) ack 1')
  t.is(tcpInfo(c!).tcpi_ecn_mode, 2)
})
