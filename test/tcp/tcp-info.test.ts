/** TCP_INFO, by Linux's names and in its units. */
import test from 'ava'
import { countIn, countOut } from '../../src/tcp/block/traffic-counters.ts'
import { close, send, setUser } from '../../src/tcp/calls.ts'
import { tcpInfo } from '../../src/tcp/tcp-info.ts'
import { Segment } from '../../src/wire/tcp.ts'
import { dialogue } from '../support/dialogue.ts'
import { timestampsOf } from '../support/sent.ts'
import { reach } from '../support/states.ts'
import { B, pattern, Streamer, twoHosts } from '../support/two-hosts.ts'

test('an idle connection: what the handshake has agreed on', t => {
  const d = dialogue({ tcp: { timestamps: true, sack: true, ecn: 'passive' } })
  d.listen()
  d.receives('SEW 0:0(0) win 65535 <mss 1400,sackOK,TS val 7 ecr 0,nop,wscale 3>')
  const { val } = timestampsOf(d.next())!
  d.after(20)
  d.receives(`. 1:1(0) ack 1 win 1000 <nop,nop,TS val 8 ecr ${val >>> 0}>`)
  d.after(500)
  const info = tcpInfo(d.accepted[0]!.connection!)
  t.like(info, {
    tcpi_state: 1,
    tcpi_ca_state: 0,
    tcpi_retransmits: 0,
    tcpi_options: 1 | 2 | 4 | 8,
    tcpi_snd_wscale: 3,
    tcpi_rcv_wscale: 10,
    tcpi_rto: 1_000_000,
    tcpi_ato: 40_000,
    tcpi_snd_mss: 1388,
    tcpi_advmss: 1448,
    tcpi_pmtu: 1500,
    tcpi_rtt: 20_000,
    tcpi_rttvar: 10_000,
    tcpi_snd_ssthresh: 0x7fff_ffff,
    tcpi_snd_cwnd: 10,
    tcpi_segs_in: 2,
    tcpi_segs_out: 1,
    tcpi_data_segs_in: 0,
    tcpi_data_segs_out: 0,
    tcpi_bytes_sent: 0,
    tcpi_bytes_acked: 0,
    tcpi_snd_wnd: 8000,
    tcpi_rcv_wnd: 65_535,
    tcpi_last_ack_sent: 520,
    tcpi_last_ack_recv: 500,
    tcpi_last_data_recv: 520,
    tcpi_busy_time: 0,
    tcpi_delivery_rate_app_limited: 0,
    tcpi_ecn_mode: 1,
    tcpi_accecn_fail_mode: 0,
    tcpi_accecn_opt_seen: 0,
  })
  t.true(Object.values(info).every(value => Number.isInteger(value)))
})

test('the states have the kernel’s numbers', t => {
  const numbers = (
    [
      'SYN_RECEIVED',
      'FIN_WAIT_1',
      'FIN_WAIT_2',
      'CLOSE_WAIT',
      'LAST_ACK',
      'CLOSING',
      'TIME_WAIT',
      'SYN_SENT',
    ] as const
  ).map(state => tcpInfo(reach(dialogue(), state).c).tcpi_state)
  t.deepEqual(numbers, [3, 4, 5, 8, 9, 11, 6, 2])
})

test('text in: segments, bytes, what came out of order or twice', t => {
  const d = dialogue({ tcp: { sack: true, delayedAck: 0 } })
  const user = d.established({}, 'S 0:0(0) win 65535 <mss 1460,sackOK>')
  d.after(100)
  d.receives('. 1:101(100) ack 1', '[ce] . 201:301(100) ack 1')
  t.like(tcpInfo(user.connection!), {
    tcpi_bytes_received: 100,
    tcpi_rcv_ooopack: 1,
    tcpi_data_segs_in: 2,
    tcpi_segs_in: 4,
    tcpi_rcv_mss: 100,
    tcpi_options: 2 | 16,
  })
  d.after(50)
  d.receives('. 101:201(100) ack 1')
  d.after(7)
  t.like(tcpInfo(user.connection!), {
    tcpi_bytes_received: 300,
    tcpi_rcv_ooopack: 1,
    tcpi_last_data_recv: 7,
    tcpi_last_ack_sent: 7,
  })
})

test('text out: in flight, SACKed, lost, sent again, delivered; what was acknowledged', t => {
  const d = dialogue({ tcp: { sack: true, lossDetection: 'sack', tailLossProbe: false, initialWindow: 10 } })
  d.listen()
  d.receives('S 0:0(0) win 65535 <mss 1000,sackOK>')
  d.next()
  d.after(10)
  d.receives('. 1:1(0) ack 1')
  const c = d.accepted[0]!.connection!
  const info = () => tcpInfo(c)
  send(c, new Uint8Array(12_500))
  d.after(10)
  t.is(d.skip().length, 10)
  t.like(info(), {
    tcpi_unacked: 10,
    tcpi_notsent_bytes: 2500,
    tcpi_bytes_sent: 10_000,
    tcpi_data_segs_out: 10,
    tcpi_segs_out: 11,
    tcpi_last_data_sent: 10,
  })
  d.receives('. 1:1(0) ack 1001')
  t.like(info(), { tcpi_delivered: 1, tcpi_bytes_acked: 1000, tcpi_min_rtt: 10_000, tcpi_ca_state: 0 })
  d.receives('. 1:1(0) ack 1001 <nop,nop,sack 2001:3001>')
  t.like(info(), { tcpi_ca_state: 1, tcpi_sacked: 1, tcpi_lost: 0, tcpi_delivered: 2 })
  d.receives('. 1:1(0) ack 1001 <nop,nop,sack 2001:4001>', '. 1:1(0) ack 1001 <nop,nop,sack 2001:5001>')
  d.receives('. 1:1(0) ack 1001 <nop,nop,sack 2001:6001>')
  t.like(info(), {
    tcpi_ca_state: 3,
    tcpi_sacked: 4,
    tcpi_lost: 1,
    tcpi_retrans: 1,
    tcpi_total_retrans: 1,
    tcpi_bytes_retrans: 1000,
    tcpi_bytes_acked: 1000,
  })
  t.true(info().tcpi_snd_ssthresh < 10)
  d.receives('. 1:1(0) ack 12001 <nop,nop,sack 1001:2001>')
  d.skip()
  d.receives('. 1:1(0) ack 12501')
  t.like(info(), {
    tcpi_ca_state: 0,
    tcpi_unacked: 0,
    tcpi_sacked: 0,
    tcpi_lost: 0,
    tcpi_retrans: 0,
    tcpi_dsack_dups: 1,
    tcpi_bytes_acked: 12_500,
    tcpi_bytes_sent: 13_500,
    tcpi_notsent_bytes: 0,
  })
})

test('what was sent again is counted as such while it is in flight', t => {
  const d = dialogue({ tcp: { sack: true, lossDetection: 'sack', tailLossProbe: false } })
  const c = d.established({}, 'S 0:0(0) win 65535 <mss 1000,sackOK>').connection!
  send(c, new Uint8Array(10_000))
  d.skip()
  for (const end of [5001, 6001, 7001, 8001, 9001, 10_001])
    d.receives(`. 1:1(0) ack 1 <nop,nop,sack 4001:${end} 2001:3001>`)
  t.like(tcpInfo(c), { tcpi_retrans: 3, tcpi_lost: 3, tcpi_sacked: 7 })
  d.receives('. 1:1(0) ack 1 <nop,nop,sack 1001:3001 4001:10001>')
  t.like(tcpInfo(c), { tcpi_retrans: 2, tcpi_lost: 2, tcpi_sacked: 8 })
})

test('a super-segment counts for what it is cut into; a rate that the application has limited may only be better', t => {
  const c = dialogue().established().connection!
  const { segmentsOut, segmentsIn } = c
  countOut(c, 4500, 1000, true)
  countIn(c, Object.assign(new Segment(), { length: 4500, segmentSize: 1000 }))
  t.like(c, { segmentsOut: segmentsOut + 5, segmentsIn: segmentsIn + 5 })
  const { traffic } = c
  t.like(traffic, { segmentsOut: 5, bytesSent: 4500, segmentsIn: 5 })
  for (const [rate, limited, expected] of [
    [10, false, 10],
    [9, true, 10],
    [11, true, 11],
    [5, false, 5],
    [0, false, 5],
  ] as const) {
    traffic.delivered(rate, limited)
    t.is(traffic.deliveryRate, expected)
  }
})

test('without SACK a duplicate ACK is what tells of disorder', t => {
  const d = dialogue()
  const c = d.established().connection!
  send(c, new Uint8Array(5000))
  d.skip()
  t.is(tcpInfo(c).tcpi_ca_state, 0)
  d.receives('. 1:1(0) ack 1')
  t.is(tcpInfo(c).tcpi_ca_state, 1)
})

test('a delivery rate that the application has limited is told as such', t => {
  const d = dialogue()
  const c = d.established().connection!
  d.after(10)
  send(c, new Uint8Array(10))
  d.after(10)
  d.receives('. 1:1(0) ack 11')
  t.like(tcpInfo(c), { tcpi_delivery_rate_app_limited: 1, tcpi_delivery_rate: 1000 })
})

test('timeouts: how many, in how many rows, and how long they took', t => {
  const d = dialogue()
  const c = d.established().connection!
  send(c, Buffer.from('x'))
  d.after(2999)
  t.like(tcpInfo(c), { tcpi_total_rto: 1, tcpi_ca_state: 4, tcpi_lost: 1, tcpi_retransmits: 1 })
  d.after(1001)
  t.like(tcpInfo(c), {
    tcpi_total_rto: 2,
    tcpi_total_rto_recoveries: 1,
    tcpi_total_rto_time: 3000,
    tcpi_retransmits: 2,
    tcpi_backoff: 2,
    tcpi_rto: 4_000_000,
  })
  d.receives('. 1:1(0) ack 2')
  d.after(10_000)
  t.like(tcpInfo(c), {
    tcpi_total_rto: 2,
    tcpi_total_rto_time: 3000,
    tcpi_retransmits: 0,
    tcpi_last_ack_recv: 10_000,
  })
  send(c, Buffer.from('x'))
  d.after(5000)
  t.like(tcpInfo(c), { tcpi_total_rto_recoveries: 2 })
})

test('a SYN that is not answered', t => {
  const d = dialogue()
  const c = d.connect().connection!
  t.like(tcpInfo(c), { tcpi_state: 2, tcpi_unacked: 1, tcpi_total_rto: 0, tcpi_notsent_bytes: 0 })
  send(c, Buffer.from('four'))
  d.after(1500)
  t.like(tcpInfo(c), { tcpi_total_rto: 1, tcpi_total_rto_time: 500, tcpi_notsent_bytes: 4 })
  d.receives('S. 0:0(0) ack 1 win 65535')
  t.like(tcpInfo(c), { tcpi_total_rto_recoveries: 1, tcpi_total_rto_time: 500 })
})

test('a shut window is probed, and counted as what holds us back', t => {
  const d = dialogue()
  const c = d.established({ noDelay: true }).connection!
  d.receives('. 1:1(0) ack 1 win 0')
  send(c, new Uint8Array(5000))
  d.after(3500)
  t.like(tcpInfo(c), {
    tcpi_probes: 2,
    tcpi_retransmits: 0,
    tcpi_rwnd_limited: 3_500_000,
    tcpi_busy_time: 3_500_000,
    tcpi_sndbuf_limited: 0,
    tcpi_snd_wnd: 0,
  })
  d.receives('. 1:1(0) ack 2 win 65535')
  d.after(100)
  t.like(tcpInfo(c), { tcpi_rwnd_limited: 3_500_000, tcpi_busy_time: 3_600_000, tcpi_probes: 0 })
  d.receives('. 1:1(0) ack 5001 win 65535')
  d.after(1000)
  t.is(tcpInfo(c).tcpi_busy_time, 3_600_000)
})

test('a send buffer that is full of what is in flight', t => {
  const d = dialogue()
  const c = d.established({ sendBuffer: 2000, noDelay: true }).connection!
  send(c, new Uint8Array(2000))
  d.after(300)
  t.like(tcpInfo(c), { tcpi_sndbuf_limited: 300_000, tcpi_busy_time: 300_000, tcpi_rwnd_limited: 0 })
})

test('keep-alive probes that are not answered', t => {
  const d = dialogue()
  const c = d.established({ keepAlive: true, keepAliveIdle: 1000, keepAliveInterval: 1000 }).connection!
  d.after(3000)
  t.is(tcpInfo(c).tcpi_probes, 3)
})

test('ECN echoes: so much was delivered marked', t => {
  const d = dialogue({ tcp: { ecn: 'on' } })
  const user = d.connect()
  d.next()
  d.receives('SE. 0:0(0) ack 1 win 65535 <mss 1000>')
  d.next()
  send(user.connection!, new Uint8Array(5000))
  d.after(10)
  d.receives('E. 1:1(0) ack 3001')
  t.like(tcpInfo(user.connection!), { tcpi_ca_state: 2, tcpi_delivered_ce: 3, tcpi_delivered: 3 })
})

test('fast open: text that was taken, and the ways in which it was not', t => {
  const d = dialogue({ tcp: { fastOpen: true } })
  const cookie = 'FO 0011223344556677'
  const outcome = (answer: string, wait = 0, text = 'hello') => {
    d.localPort++
    const c = d.connect({}, Buffer.from(text)).connection!
    d.next()
    d.after(wait)
    d.skip()
    d.receives(answer)
    d.skip()
    const { tcpi_fastopen_client_fail, tcpi_options, tcpi_bytes_acked } = tcpInfo(c)
    return [tcpi_fastopen_client_fail, tcpi_options & 32, tcpi_bytes_acked]
  }
  t.deepEqual(outcome(`S. 0:0(0) ack 1 win 65535 <mss 1460,${cookie}>`), [1, 0, 0])
  t.deepEqual(outcome('S. 0:0(0) ack 6 win 65535 <mss 1460>'), [0, 32, 5])
  t.deepEqual(outcome(`S. 0:0(0) ack 1 win 65535 <mss 1460,${cookie}>`), [2, 0, 0])
  t.deepEqual(outcome('S. 0:0(0) ack 1 win 65535 <mss 1460>', 0, ''), [0, 0, 0])
  t.deepEqual(outcome('S. 0:0(0) ack 1 win 65535 <mss 1460>', 1000), [3, 0, 0])
})

test('a transfer: both ends agree on what was sent, delivered and received; rates are the path’s', t => {
  const pair = twoHosts(3, { delay: 10, rate: 8_000_000 } as never)
  const text = pattern(1_000_000, 1)
  const nothing = Buffer.alloc(0)
  let sink: Streamer | null = null
  const listener = pair.b.listen(0, 80, {
    acceptable: () => {
      const c = listener.accept()!
      sink = new Streamer(c, nothing, text)
      setUser(c, sink)
      sink.readable()
    },
  })
  let source: Streamer | null = null
  const c = pair.a.connect(B, 80, {
    established: () => source!.established(),
    readable: () => source!.readable(),
    writable: () => source!.writable(),
    closed: error => source!.closed(error),
  })
  source = new Streamer(c, text, nothing)
  pair.clock.advance(500)
  const middle = tcpInfo(c)
  t.true(
    middle.tcpi_delivery_rate > 800_000 && middle.tcpi_delivery_rate < 1_050_000,
    `${middle.tcpi_delivery_rate}`,
  )
  t.true(middle.tcpi_min_rtt >= 20_000 && middle.tcpi_min_rtt < 25_000)
  pair.clock.advance(20_000)
  const sent = tcpInfo(c)
  const received = tcpInfo(sink!.connection)
  t.is(sink!.fault, '')
  t.like(sent, {
    tcpi_bytes_acked: 1_000_000,
    tcpi_unacked: 0,
    tcpi_sacked: 0,
    tcpi_lost: 0,
    tcpi_notsent_bytes: 0,
  })
  t.is(sent.tcpi_bytes_sent - sent.tcpi_bytes_retrans, 1_000_000)
  t.is(received.tcpi_bytes_received, 1_000_000)
  t.true(received.tcpi_data_segs_in <= sent.tcpi_data_segs_out)
  t.true(sent.tcpi_segs_in <= received.tcpi_segs_out)
  t.true(sent.tcpi_data_segs_out >= 691)
  close(c)
})
