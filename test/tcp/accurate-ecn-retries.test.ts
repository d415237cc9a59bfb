/** Accurate ECN where SYNs and SYN,ACKs go again, or vanish (RFC 9768 §3.1.4, §3.1.5, §3.2.3.2.2). */
import test from 'ava'
import { abort } from '../../src/tcp/calls.ts'
import { tcpInfo } from '../../src/tcp/tcp-info.ts'
import {
  accurate,
  connectionOf,
  listening,
  MSS,
  SERVER_OPTION,
  sendsText,
} from '../support/accurate-handshake.ts'
import type { Dialogue } from '../support/dialogue.ts'

test('[R9768-10][R9768-47] the SYN asks twice, then it goes without; the answer may still agree', t => {
  const d = accurate()
  const { connection: c } = d.connect()
  const { seq } = d.sends('SEWA 0:0(0)')
  d.after(1000)
  t.is(d.sends('SEWA 0:0(0)').seq, seq)
  d.after(2000)
  t.is(d.sends('S 0:0(0)').seq, seq)
  d.receives(`SW. 0:0(0) ack 1 win 65535 <${MSS}>`)
  d.sends('.2 1:1(0) ack 1')
  sendsText(d, c!, '[ect0] P.5 1:101(100) ack 1')
  t.is(tcpInfo(c!).tcpi_ecn_mode, 2)
})

test('[R9768-11] a SYN,ACK without an answer comes again without the option, then without ECN', t => {
  const d = listening()
  d.receives(`[ect0] SEWA 0:0(0) win 65535 <${MSS}>`)
  d.sends(`SA. 0:0(0) ack 1 <${SERVER_OPTION}>`)
  d.after(1000)
  d.sends(`SA. 0:0(0) ack 1 <${MSS}>`)
  d.after(2000)
  d.sends(`S. 0:0(0) ack 1 <${MSS}>`)
  // The mode stays; but the client may be in another, so that nothing says that it is ECN-capable.
  d.receives('.2 1:1(0) ack 1 win 60000')
  const c = connectionOf(d)
  t.is(tcpInfo(c).tcpi_ecn_mode, 2)
  t.is(tcpInfo(c).tcpi_accecn_fail_mode & 1, 1)
  sendsText(d, c, '[noecn] P.5 1:101(100) ack 1')
})

test('[R9768-11] the answer to a SYN that comes again is no timeout: it agrees, and so does what the first timeout sends', t => {
  for (const first of ['SYN', 'timeout']) {
    const d = listening()
    d.receives(`[ect0] SEWA 0:0(0) win 65535 <${MSS}>`)
    d.sends(`SA. 0:0(0) ack 1 <${SERVER_OPTION}>`)
    // The client's timer and ours, which began together, as after one lost SYN,ACK.
    if (first === 'timeout') {
      d.after(1000)
      d.sends(`SA. 0:0(0) ack 1 <${MSS}>`)
    }
    d.receives(`[ect0] SEWA 0:0(0) win 65535 <${MSS}>`)
    d.sends(`SA. 0:0(0) ack 1 <${MSS}>`)
    if (first === 'SYN') {
      d.after(1000)
      d.sends(`SA. 0:0(0) ack 1 <${MSS}>`)
    }
    d.receives('.2 1:1(0) ack 1 win 60000')
    sendsText(d, connectionOf(d), '[ect0] P.5 1:101(100) ack 1')
  }
  t.pass()
})

test('[R9768-11] many SYNs that come again are answered by what agrees, until two timeouts have passed', t => {
  const d = listening()
  for (let n = 0; n < 5; n++) {
    d.receives(`[ect0] SEWA 0:0(0) win 65535 <${MSS}>`)
    d.sends(`SA. 0:0(0) ack 1 <${n === 0 ? SERVER_OPTION : MSS}>`)
  }
  d.after(1000)
  d.sends(`SA. 0:0(0) ack 1 <${MSS}>`)
  d.after(2000)
  d.sends(`S. 0:0(0) ack 1 <${MSS}>`)
  d.receives(`[ect0] SEWA 0:0(0) win 65535 <${MSS}>`)
  d.sends(`S. 0:0(0) ack 1 <${MSS}>`)
  t.pass()
})

test('[R9768-12] a SYN that comes again without ECN is answered by its own field, and forbids ECT', t => {
  const d = listening()
  d.receives(`[ect0] SEWA 0:0(0) win 65535 <${MSS}>`)
  d.sends(`SA. 0:0(0) ack 1 <${SERVER_OPTION}>`)
  d.receives(`[noecn] S 0:0(0) win 65535 <${MSS}>`)
  d.sends(`SW. 0:0(0) ack 1 <${MSS}>`)
  d.receives('.2 1:1(0) ack 1 win 60000')
  sendsText(d, connectionOf(d), '[noecn] P.5 1:101(100) ack 1')
  t.is(tcpInfo(connectionOf(d)).tcpi_ecn_mode, 2)
})

test('[R9768-13] the kind that came first stays: SYNs without ECN and then with it', t => {
  const d = listening()
  d.receives(`S 0:0(0) win 65535 <${MSS}>`)
  d.sends(`S. 0:0(0) ack 1 <${MSS}>`)
  d.receives(`SEWA 0:0(0) win 65535 <${MSS}>`)
  d.sends(`S. 0:0(0) ack 1 <${MSS}>`)
  d.receives('. 1:1(0) ack 1 win 60000')
  sendsText(d, connectionOf(d), '[noecn] P. 1:101(100) ack 1')
  t.is(tcpInfo(connectionOf(d)).tcpi_ecn_mode, 0)
})

test('[R9768-14] SYNs that ask for both kinds: a reset', t => {
  for (const [first, second] of [
    ['SEWA', 'SEW'],
    ['SEW', 'SEWA'],
  ] as const) {
    const d = listening()
    d.receives(`${first} 0:0(0) win 65535 <${MSS}>`)
    d.next()
    d.receives(`${second} 0:0(0) win 65535 <${MSS}>`)
    t.is(d.next().flags & 4, 4)
    t.is([...d.host.connections].length, 0)
  }
})

/** Opens a connection on whose path SYNs that ask vanish, as `vanish` says, and ends it. */
const open = (d: Dialogue, vanish: boolean, flags = 'SEWA'): void => {
  const { connection: c } = d.connect()
  d.sends(`${flags} 0:0(0)`)
  if (vanish) {
    d.after(1000)
    d.sends(`${flags} 0:0(0)`)
    d.after(2000)
    d.sends('S 0:0(0)')
  }
  d.receives(`S. 0:0(0) ack 1 win 65535 <${MSS}>`)
  abort(c!)
  d.skip()
}

test('[R9768-51] where SYNs that ask vanish the next connections do not ask: for a minute, then two; after an answer for none', t => {
  const d = accurate()
  open(d, true)
  for (let n = 0; n < 2; n++) open(d, false, 'S')
  d.after(59_000)
  open(d, false, 'S')
  d.after(1000)
  open(d, true)
  d.after(119_000)
  open(d, false, 'S')
  d.after(1000)
  // A peer without ECN is one that has got the SYN.
  open(d, false)
  open(d, true)
  d.after(59_000)
  open(d, false, 'S')
  d.after(1000)
  open(d, false)
  t.pass()
})

test('[R9768-51] an answer with flags has seen a SYN that asked, though later ones do not; a silent peer is no path that fails', t => {
  const d = accurate()
  const { connection: c } = d.connect()
  d.sends('SEWA 0:0(0)')
  d.after(1000)
  d.sends('SEWA 0:0(0)')
  d.after(2000)
  d.sends('S 0:0(0)')
  d.receives(`SW. 0:0(0) ack 1 win 65535 <${MSS}>`)
  abort(c!)
  d.skip()
  const { connection: silent } = d.connect()
  d.sends('SEWA 0:0(0)')
  d.after(10_000)
  abort(silent!)
  d.skip()
  open(d, false)
  const forgetful = accurate({ ecnBackOff: 0 })
  open(forgetful, true)
  open(forgetful, false)
  t.pass()
})
