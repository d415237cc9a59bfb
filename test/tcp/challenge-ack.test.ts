/** Against blind attacks: RFC 5961. */
import test from 'ava'
import { send } from '../../src/tcp/calls.ts'
import { dialogue } from '../support/dialogue.ts'

test('[R5961-1][R5961-2] RST outside of the window: silence; inside: a challenge ACK; at RCV.NXT: reset', t => {
  const d = dialogue()
  const user = d.established()
  d.receives('R -1:-1(0)')
  d.receives('R 100000:100000(0)')
  d.silent()
  t.is(d.host.drops['rst-window'], 2)
  d.receives('R 2:2(0)')
  d.sends('. 1:1(0) ack 1')
  d.receives('R 65535:65535(0)')
  d.sends('. 1:1(0) ack 1')
  t.is(user.connection!.state, 'ESTABLISHED')
  d.receives('R 1:1(0)')
  d.silent()
  t.is(user.log.at(-1), 'closed ECONNRESET')
})

test('[R5961-2] a RST that has overtaken data: challenged; the peer answers with the exact one', t => {
  const d = dialogue()
  const user = d.established()
  d.receives('R. 101:101(0) ack 1')
  const challenge = d.sends('. 1:1(0) ack 1')
  // The peer has no connection any more: RST at SEG.ACK.
  t.is((challenge.ack - d.peerIss) | 0, 1)
  d.receives('R 1:1(0)')
  d.silent()
  t.is(user.log.at(-1), 'closed ECONNRESET')
})

test('[R5961-3] RST in SYN-SENT: only with an ACK of our SYN', t => {
  const d = dialogue()
  const user = d.connect()
  d.sends('S 0:0(0)')
  d.receives('R 0:0(0)')
  d.receives('R. 0:0(0) ack 0')
  d.receives('R. 0:0(0) ack 2')
  d.silent()
  t.is(user.connection!.state, 'SYN_SENT')
  d.receives('R. 0:0(0) ack 1')
  t.deepEqual(user.log, ['closed ECONNREFUSED'])
})

test('[R5961-4][R5961-5] the peer has restarted: SYN, challenge ACK, RST, and its next SYN connects', t => {
  const d = dialogue()
  const user = d.established()
  d.receives('S 500000:500000(0)')
  d.sends('. 1:1(0) ack 1')
  t.is(user.connection!.state, 'ESTABLISHED')
  d.receives('R 1:1(0)')
  t.is(user.log.at(-1), 'closed ECONNRESET')
  d.ourIss.clear()
  d.receives('S 500000:500000(0)')
  d.sends('S. 0:0(0) ack 500001')
  d.receives('. 500001:500001(0) ack 1')
  t.is(d.accepted.length, 2)
})

test('[R5961-4] a SYN at any sequence number, in the window or not, with ACK or not: challenged, no more', t => {
  const d = dialogue()
  const user = d.established()
  for (const line of [
    'S 0:0(0)',
    'S 1:1(0)',
    'S 1000:1000(0)',
    'S 9999999:9999999(0)',
    'S. 1:1(0) ack 1',
    'S. -5:-5(0) ack 1',
  ]) {
    d.receives(line)
    d.sends('. 1:1(0) ack 1')
    d.silent()
  }
  t.is(user.connection!.state, 'ESTABLISHED')
})

test('[R5961-6] data and FIN with an ACK older than MAX.SND.WND, or of what was never sent: an ACK, and dropped', t => {
  const d = dialogue()
  const user = d.established({}, 'S 0:0(0) win 1000 <mss 1460>', '. 1:1(0) ack 1 win 1000')
  send(user.connection!, Buffer.alloc(500))
  d.sends('P. 1:501(500) ack 1')
  d.receives('. 1:1(0) ack 501 win 500')
  // Acceptable: from 1, the first that was acknowledged, to 501.
  for (const ack of [0, 501 - 1001, 502, 100_000]) {
    d.receives(`P. 1:11(10) ack ${ack} win 1000`)
    d.sends('. 501:501(0) ack 1')
    d.receives(`F. 1:1(0) ack ${ack} win 1000`)
    d.sends('. 501:501(0) ack 1')
  }
  t.is(user.text, '')
  t.is(user.connection!.state, 'ESTABLISHED')
  t.is(user.connection!.snd.wnd, 500)
  d.receives('P. 1:11(10) ack 1 win 1000')
  t.is(user.text.length, 10)
})

test('[R5961-7] 100 RSTs in the window within a second: ten challenge ACKs, and in the next 5 s as many', t => {
  for (const limit of [10, 3]) {
    const d = dialogue({ tcp: { challengeAcks: limit } })
    d.established()
    for (let n = 0; n < 100; n++) {
      d.receives(`R ${100 + n}:${100 + n}(0)`)
      d.after(10)
    }
    t.is(d.skip().length, limit)
    d.after(5000)
    for (let n = 0; n < 100; n++) d.receives(`R ${100 + n}:${100 + n}(0)`)
    t.is(d.skip().length, limit)
  }
})

test('[R5961-7] each connection counts for itself: what one is asked tells nothing of another', t => {
  const d = dialogue()
  d.established()
  for (let n = 0; n < 100; n++) d.receives(`R ${100 + n}:${100 + n}(0)`)
  t.is(d.skip().length, 10)
  d.receives('40001>80 S 0:0(0) win 65535')
  d.next()
  d.receives('40001>80 . 1:1(0) ack 1')
  d.receives('40001>80 R 5:5(0)')
  d.sends('40001>80 . 1:1(0) ack 1')
  t.is(d.accepted.length, 2)
})
