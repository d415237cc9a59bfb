/** Every arrow of RFC 9293's figure 5, packet by packet. */
import test from 'ava'
import { abort, close, receive, release, send } from '../../src/tcp/calls.ts'
import { type Dialogue, dialogue } from '../support/dialogue.ts'
import type { RecordingUser } from '../support/recording-user.ts'

const synReceived = (d: Dialogue): void => {
  d.listen()
  d.receives('S 0:0(0) win 65535 <mss 1460>')
  d.sends('S. 0:0(0) ack 1')
}

const finWait1 = (d: Dialogue): RecordingUser => {
  const user = d.established()
  close(user.connection!)
  d.sends('F. 1:1(0) ack 1')
  return user
}

const finWait2 = (d: Dialogue): RecordingUser => {
  const user = finWait1(d)
  d.receives('. 1:1(0) ack 2')
  return user
}

const closing = (d: Dialogue): RecordingUser => {
  const user = finWait1(d)
  d.receives('F. 1:1(0) ack 1')
  d.sends('. 2:2(0) ack 2')
  return user
}

const closeWait = (d: Dialogue): RecordingUser => {
  const user = d.established()
  d.receives('F. 1:1(0) ack 1')
  d.sends('. 1:1(0) ack 2')
  return user
}

const lastAck = (d: Dialogue): RecordingUser => {
  const user = closeWait(d)
  close(user.connection!)
  d.sends('F. 1:1(0) ack 2')
  return user
}

const timeWait = (d: Dialogue): RecordingUser => {
  const user = finWait2(d)
  d.receives('F. 1:1(0) ack 2')
  d.sends('. 2:2(0) ack 2')
  return user
}

const last = (d: Dialogue): string | undefined => d.transitions.at(-1)

const releasedFinWait2 = (d: Dialogue): void => {
  release(d.established().connection!)
  d.sends('F. 1:1(0) ack 1')
  d.receives('. 1:1(0) ack 2')
}

test('FIN-WAIT-2 of a connection that nobody holds ends after a minute; with a limit of 0 never', t => {
  const d = dialogue()
  releasedFinWait2(d)
  d.after(59_999)
  t.is(d.host.connections.size, 1)
  d.after(1)
  t.true(d.empty)
  const other = dialogue({ tcp: { finWait2Timeout: 0 } })
  releasedFinWait2(other)
  other.after(1000 * 86_400_000)
  t.is(other.host.connections.size, 1)
  t.is(other.host.timers, 0)
})

// CLOSED

test('[ST-1] passive OPEN: nothing is sent; a SYN is answered with SYN,ACK, without a listener with RST', t => {
  const d = dialogue()
  d.receives('S 0:0(0)')
  d.sends('R. 0:0(0) ack 1')
  d.listen()
  d.silent()
  t.true(d.events.some(e => e.type === 'transition' && e.from === 'CLOSED' && e.to === 'LISTEN'))
  d.receives('S 0:0(0)')
  d.sends('S. 0:0(0) ack 1')
})

test('[ST-2] active OPEN: one SYN leaves, at ISS', t => {
  const d = dialogue()
  const user = d.connect()
  const syn = d.sends('S 0:0(0)')
  d.silent()
  t.is(syn.seq, user.connection!.snd.iss)
  t.is(syn.ack, 0)
  t.deepEqual(d.transitions, ['CLOSED → SYN_SENT'])
})

// LISTEN

test('[ST-3] CLOSE of the listener: the next SYN draws RST,ACK', t => {
  const d = dialogue()
  d.listen().close()
  d.silent()
  t.true(d.events.some(e => e.type === 'transition' && e.from === 'LISTEN' && e.to === 'CLOSED'))
  d.receives('S 0:0(0)')
  d.sends('R. 0:0(0) ack 1')
})

test('[ST-4] SYN in LISTEN: SYN,ACK with our ISS and ACK=SEG.SEQ+1', t => {
  const d = dialogue()
  synReceived(d)
  d.silent()
  t.deepEqual(d.transitions, ['LISTEN → SYN_RECEIVED'])
})

// SYN-SENT

test('[ST-6] CLOSE in SYN-SENT: no more SYNs, and a late SYN,ACK draws RST with SEQ=SEG.ACK', t => {
  const d = dialogue()
  const user = d.connect()
  d.sends('S 0:0(0)')
  close(user.connection!)
  d.after(600_000)
  d.silent()
  t.is(last(d), 'SYN_SENT → CLOSED')
  t.true(d.empty)
  d.receives('S. 0:0(0) ack 1')
  d.sends('R 1:1(0)')
})

test('[ST-7] SYN without ACK in SYN-SENT: SYN,ACK at ISS, ACK=SEG.SEQ+1', t => {
  const d = dialogue()
  d.connect()
  d.sends('S 0:0(0)')
  d.receives('S 0:0(0) win 65535 <mss 1460>')
  d.sends('S. 0:0(0) ack 1')
  t.is(last(d), 'SYN_SENT → SYN_RECEIVED')
  d.receives('S. 0:0(0) ack 1')
  d.silent()
  t.is(last(d), 'SYN_RECEIVED → ESTABLISHED')
})

test('[ST-8] SYN,ACK of our SYN: ACK, and the user hears of it', t => {
  const d = dialogue()
  const user = d.connect()
  d.sends('S 0:0(0)')
  d.receives('S. 0:0(0) ack 1 win 65535 <mss 1460>')
  d.sends('. 1:1(0) ack 1')
  d.silent()
  t.is(last(d), 'SYN_SENT → ESTABLISHED')
  t.deepEqual(user.log, ['established'])
})

// SYN-RECEIVED

test('[ST-9] ACK of our SYN,ACK: the connection is there to be accepted, nothing is sent', t => {
  const d = dialogue()
  const listener = d.listen(80, {}, false)
  d.receives('S 0:0(0)')
  d.sends('S. 0:0(0) ack 1')
  t.is(listener.accept(), null)
  d.receives('. 1:1(0) ack 1')
  d.silent()
  t.is(listener.accept()?.state, 'ESTABLISHED')
  t.is(listener.accept(), null)
})

test('[ST-10] RST in SYN-RECEIVED after a passive OPEN: gone, and the listener accepts the next', t => {
  const d = dialogue()
  synReceived(d)
  d.receives('R 1:1(0)')
  d.silent()
  t.is(last(d), 'SYN_RECEIVED → LISTEN')
  t.true(d.empty)
  d.receives('S 0:0(0)')
  d.sends('S. 0:0(0) ack 1')
  d.receives('. 1:1(0) ack 1')
  t.is(d.accepted.length, 1)
})

test('[ST-11] CLOSE in SYN-RECEIVED: FIN at once when there is nothing to send', t => {
  const d = dialogue()
  const user = d.connect()
  d.sends('S 0:0(0)')
  d.receives('S 0:0(0)')
  d.sends('S. 0:0(0) ack 1')
  close(user.connection!)
  d.sends('F. 1:1(0) ack 1')
  t.is(last(d), 'SYN_RECEIVED → FIN_WAIT_1')
  d.receives('S. 0:0(0) ack 1')
  d.receives('. 1:1(0) ack 2')
  t.is(last(d), 'FIN_WAIT_1 → FIN_WAIT_2')
  d.receives('F. 1:1(0) ack 2')
  t.is(last(d), 'FIN_WAIT_2 → TIME_WAIT')
})

// ESTABLISHED

test('[ST-12] CLOSE in ESTABLISHED: FIN at SND.NXT, which grows by one', t => {
  const d = dialogue()
  const user = d.established()
  const { snd } = user.connection!
  const before = snd.nxt
  close(user.connection!)
  t.is(d.sends('F. 1:1(0) ack 1').seq, before)
  t.is(snd.nxt, (before + 1) | 0)
  t.is(last(d), 'ESTABLISHED → FIN_WAIT_1')
})

test('[ST-13] FIN in ESTABLISHED: ACK=SEG.SEQ+length+1, and the reader gets the end', t => {
  const d = dialogue()
  const user = d.established()
  d.receives('FP. 1:11(10) ack 1')
  d.sends('. 1:1(0) ack 12')
  t.deepEqual(user.log.slice(2), ['data abcdefghij', 'end'])
  t.is(last(d), 'ESTABLISHED → CLOSE_WAIT')
})

// FIN-WAIT-1

test('[ST-14] ACK of our FIN: FIN-WAIT-2, no reply, and still readable', t => {
  const d = dialogue()
  const user = finWait1(d)
  d.receives('. 1:1(0) ack 2')
  d.silent()
  t.is(last(d), 'FIN_WAIT_1 → FIN_WAIT_2')
  d.receives('P. 1:6(5) ack 2')
  d.after(40)
  d.sends('. 2:2(0) ack 6')
  t.is(user.text, 'abcde')
})

test("[ST-15] FINs cross: the peer's is acknowledged, CLOSING", t => {
  const d = dialogue()
  finWait1(d)
  d.receives('F. 1:1(0) ack 1')
  d.sends('. 2:2(0) ack 2')
  t.is(last(d), 'FIN_WAIT_1 → CLOSING')
})

test('[ST-16] FIN,ACK covering our FIN: straight to TIME-WAIT', t => {
  const d = dialogue()
  finWait1(d)
  d.receives('F. 1:1(0) ack 2')
  d.sends('. 2:2(0) ack 2')
  t.is(last(d), 'FIN_WAIT_1 → TIME_WAIT')
})

test('[ST-16] the same with text before the FIN: it is delivered first', t => {
  const d = dialogue()
  const user = finWait1(d)
  d.receives('FP. 1:4(3) ack 2')
  d.sends('. 2:2(0) ack 5')
  t.is(last(d), 'FIN_WAIT_1 → TIME_WAIT')
  t.deepEqual(user.log.slice(2), ['data abc', 'end', 'closed in order'])
})

// FIN-WAIT-2, CLOSING, CLOSE-WAIT, LAST-ACK

test('[ST-17] FIN in FIN-WAIT-2: ACK, and the 2MSL timer runs', t => {
  const d = dialogue({ tcp: { msl: 7000 } })
  timeWait(d)
  t.is(last(d), 'FIN_WAIT_2 → TIME_WAIT')
  const armed = d.events.filter(e => e.type === 'timer' && e.timer === '2msl')
  t.like(armed, { length: 1, 0: { action: 'armed', at: 14_000 } })
})

test('[ST-18] ACK of our FIN in CLOSING: TIME-WAIT, nothing is sent', t => {
  const d = dialogue({ tcp: { msl: 7000 } })
  closing(d)
  d.receives('. 2:2(0) ack 2')
  d.silent()
  t.is(last(d), 'CLOSING → TIME_WAIT')
  t.like(
    d.events.filter(e => e.type === 'timer' && e.timer === '2msl'),
    { length: 1, 0: { action: 'armed', at: 14_000 } },
  )
})

test('[ST-19] CLOSE in CLOSE-WAIT: FIN after what is queued, LAST-ACK', t => {
  const d = dialogue()
  const user = closeWait(d)
  send(user.connection!, Buffer.alloc(2000))
  close(user.connection!)
  d.sends('. 1:1461(1460) ack 2')
  d.sends('FP. 1461:2001(540) ack 2')
  t.is(last(d), 'CLOSE_WAIT → LAST_ACK')
})

test('[ST-20] ACK of our FIN in LAST-ACK: the TCB is gone, whatever comes now draws RST', t => {
  const d = dialogue()
  lastAck(d)
  d.receives('. 2:2(0) ack 2')
  t.is(last(d), 'LAST_ACK → CLOSED')
  t.true(d.empty)
  d.receives('. 2:2(0) ack 2')
  d.sends('R 2:2(0)')
})

// TIME-WAIT

test('[ST-21] TIME-WAIT holds its four numbers for 2 MSL to the millisecond, then they are free', t => {
  const d = dialogue({ tcp: { msl: 1000 } })
  timeWait(d)
  const again = () => d.host.connect(0xc0000201 | 0, d.remotePort, d.accepted[0]!, { localPort: 80 })
  d.after(1999)
  t.throws(again, { code: 'EADDRINUSE' })
  d.after(1)
  t.is(last(d), 'TIME_WAIT → CLOSED')
  t.true(d.empty)
  t.is(again().state, 'SYN_SENT')
})

// RST, both ways

test('[ST-22] ABORT: one RST at SND.NXT, and no later segment revives the connection', t => {
  for (const reach of [finWait1, finWait2, closeWait, (d: Dialogue) => d.established()]) {
    const d = dialogue()
    const user = reach(d)
    const next = user.connection!.snd.nxt
    abort(user.connection!)
    const sent = d.next()
    t.is(d.host.connections.size, 0)
    t.is(sent.flags, 0x14)
    t.is(sent.seq, next)
    d.silent()
    t.true(last(d)?.endsWith('→ CLOSED'))
    d.receives('P. 1:11(10) ack 1')
    d.sends('R 1:1(0)')
    d.after(600_000)
    d.silent()
    t.true(d.empty)
  }
})

test('[ST-22] data is under way: the RST stands behind all of it', t => {
  const d = dialogue()
  const user = d.established()
  send(user.connection!, Buffer.from('lost'))
  d.sends('P. 1:5(4) ack 1')
  release(user.connection!)
  d.sends('F. 5:5(0) ack 1')
  abort(user.connection!)
  d.sends('R. 6:6(0) ack 1')
  t.is(last(d), 'FIN_WAIT_1 → CLOSED')
})

test('[ST-23] RST with SEQ=RCV.NXT in each state: CLOSED, for a half-open passive one LISTEN', t => {
  const ends: [string, (d: Dialogue) => unknown, string, string | undefined][] = [
    ['R 1:1(0)', synReceived, 'SYN_RECEIVED → LISTEN', undefined],
    ['R 1:1(0)', d => d.established(), 'ESTABLISHED → CLOSED', 'closed ECONNRESET'],
    ['R 1:1(0)', finWait1, 'FIN_WAIT_1 → CLOSED', 'closed ECONNRESET'],
    ['R 1:1(0)', finWait2, 'FIN_WAIT_2 → CLOSED', 'closed ECONNRESET'],
    ['R 2:2(0)', closeWait, 'CLOSE_WAIT → CLOSED', 'closed EPIPE'],
    ['R 2:2(0)', closing, 'CLOSING → CLOSED', 'closed in order'],
    ['R 2:2(0)', lastAck, 'LAST_ACK → CLOSED', 'closed in order'],
  ]
  for (const [reset, reach, transition, heard] of ends) {
    const d = dialogue()
    reach(d)
    d.receives(reset)
    d.silent()
    t.is(last(d), transition)
    t.is(d.accepted[0]?.log.at(-1), heard)
    t.true(d.empty)
  }
})

test('[ST-23] RST with an ACK of our SYN in SYN-SENT: refused', t => {
  const d = dialogue()
  const user = d.connect()
  d.sends('S 0:0(0)')
  d.receives('R. 0:0(0) ack 1')
  d.silent()
  t.is(last(d), 'SYN_SENT → CLOSED')
  t.deepEqual(user.log, ['closed ECONNREFUSED'])
  t.true(d.empty)
})

test('[ST-23] RST in SYN-RECEIVED after an active OPEN: CLOSED, and the user is told', t => {
  const d = dialogue()
  const user = d.connect()
  d.sends('S 0:0(0)')
  d.receives('S 0:0(0)')
  d.sends('S. 0:0(0) ack 1')
  d.receives('R 1:1(0)')
  t.is(last(d), 'SYN_RECEIVED → CLOSED')
  t.deepEqual(user.log, ['closed ECONNREFUSED'])
  t.is(receive(user.connection!), null)
})
