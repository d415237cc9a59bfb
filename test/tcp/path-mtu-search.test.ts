/** Finding the path MTU alone, RFC 4821. */
import test from 'ava'
import type { PathOptions } from '../../src/link/path/options.ts'
import { createNetwork } from '../../src/sim/network.ts'
import { blockOf, type ConnectionView as Connection } from '../../src/tcp/block/connection-view.ts'
import type { PathMtuEvent } from '../../src/tcp/block/events.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { close, receive, send, setUser } from '../../src/tcp/calls.ts'
import { dialogue } from '../support/dialogue.ts'
import { flying } from '../support/path-mtu.ts'
import { pattern } from '../support/two-hosts.ts'
import { setWindow } from '../support/window.ts'

/** A window of some ten segments: probes follow each other soon. */
const NARROW: PathOptions = { rate: 5e6, queue: 10_000 }

/** A transfer over a path; what the receiver has got, byte for byte, and the sender's connection. */
const transfer = (path: PathOptions, tcp: Partial<TcpOptions>, ms: number, bytes = 1 << 20) => {
  const events: PathMtuEvent[] = []
  const probes: { time: number; length: number; cwnd: number; high: number }[] = []
  const network = createNetwork({ seed: 1, tcp: { minRto: 200, ...tcp } })
  const a = network.host('a', {
    trace: e => {
      if (e.type === 'path-mtu') events.push({ ...e })
      if (e.type === 'segment-out' && e.reason === 'path MTU probe')
        probes.push({ time: e.time, length: e.length, cwnd: c.congestion.cwnd, high: c.pathMtu.high })
    },
  })
  const b = network.host('b')
  network.link(a, b, { delay: 10, rate: 20e6, ...path }, { delay: 10 })
  const sent = pattern(bytes, 3)
  const received: Uint8Array[] = []
  const quiet = { established() {}, readable() {}, writable() {}, closed() {} }
  const listener = b.listen(0, 80, {
    acceptable: () => {
      const peer = listener.accept()!
      const readable = () => {
        for (let chunk = receive(peer); chunk !== null; chunk = receive(peer)) received.push(chunk)
        if (peer.finReceived) close(peer)
      }
      setUser(peer, { ...quiet, readable })
      readable()
    },
  })
  const established = () => {
    send(c, sent)
    close(c)
  }
  const c: Connection = a.connect(b.address, 80, { ...quiet, established })
  network.run(ms)
  return { c, events, probes, network, intact: Buffer.concat(received).equals(sent) }
}

test('[R4821-9] large packets vanish without a word: after three timeouts small ones get through', t => {
  const { c, events, intact } = transfer({ mtu: 1200 }, {}, 60_000)
  t.true(intact)
  t.deepEqual(
    events.slice(0, 1).map(e => [e.from, e.to, e.cause]),
    [[1500, 1024, 'black hole']],
  )
  t.true(c.pathMtu.size <= 1200)
})

test('[R4821-9] and if those vanish too, half as large, down to minPathMtu', t => {
  const { events, intact } = transfer({ mtu: 600 }, {}, 200_000, 100_000)
  t.true(intact)
  t.deepEqual(
    events.filter(e => e.cause === 'black hole').map(e => e.to),
    [1024, 552],
  )
})

test('[R4821-3][R4821-4][R4821-7] a path of 1300 bytes and no ICMP: the search begins at 1024 and ends near 1300', t => {
  const { c, probes, intact } = transfer({ ...NARROW, mtu: 1300 }, { mtuProbing: 'on' }, 60_000, 8 << 20)
  t.true(intact)
  t.true(c.pathMtu.size > 1300 - 8 && c.pathMtu.size <= 1300, String(c.pathMtu.size))
  t.true(probes.length >= 4 && probes.length < 40)
  // Halfway between what passes and what the link takes.
  t.is(probes[0]!.length + 52, Math.ceil((1024 + 1500) / 2))
  t.true(probes.every(p => p.length + 52 > 1024 && p.length + 52 <= 1500))
})

test('[R4821-1] a lost probe reduces nothing; its text goes again in smaller pieces', t => {
  const d = dialogue()
  const { c } = flying(d, 60_000, { mtuProbing: 'on', initialWindow: 20 })
  t.is(c.snd.mss, 984)
  const { cwnd, ssthresh } = c.congestion
  t.is(c.pathMtu.probeSize, 1262)
  // The first is the probe: three duplicate ACKs tell of its loss.
  for (let n = 0; n < 3; n++) d.receives('. 1:1(0) ack 1 win 8000')
  // Two by limited transmit, then the probe in two pieces.
  t.deepEqual(
    d.skip().map(x => x.text.length),
    [984, 984, 984, 238],
  )
  t.like(c.congestion, { cwnd, ssthresh })
  t.is(c.recovery.phase, 'open')
  t.is(c.pathMtu.high, 1261)
})

test('[R4821-1] a loss beside the probe is the network’s: the window comes down', t => {
  const d = dialogue()
  const { c } = flying(d, 60_000, { mtuProbing: 'on', initialWindow: 20 })
  const { cwnd } = c.congestion
  const end = 1 + c.pathMtu.probeSize - 40
  // The probe has passed, what follows it has not.
  d.receives(`. 1:1(0) ack ${end} win 8000`)
  for (let n = 0; n < 3; n++) d.receives(`. 1:1(0) ack ${end} win 8000`)
  t.is(c.recovery.phase, 'recovery')
  t.true(c.congestion.ssthresh < cwnd)
})

test('[R4821-2] a probe that passes makes segments larger, and the window no more bytes', t => {
  const d = dialogue()
  const { c } = flying(d, 60_000, { mtuProbing: 'on', initialWindow: 20, lossDetection: 'rack' })
  const size = c.pathMtu.probeSize
  setWindow(blockOf(c), { ssthresh: 1000 })
  const { cwnd } = c.congestion
  d.receives(`. 1:1(0) ack ${1 + size - 40} win 8000`)
  t.is(c.pathMtu.size, size)
  t.is(c.snd.mss, size - 40)
  t.true(c.congestion.cwnd - cwnd <= c.snd.mss)
})

test('[R4821-5][R8899-4] found: the next search is ten minutes later', t => {
  const { c, network } = transfer({ ...NARROW, mtu: 1300 }, { mtuProbing: 'on' }, 60_000, 8 << 20)
  t.true(c.pathMtu.probeAt - network.clock.now() > 500_000)
  t.true(c.pathMtu.high - c.pathMtu.low < 8)
})

test('[R4821-6] no probe without text and window for it and three segments more, nor in recovery', t => {
  for (const [bytes, window, probes] of [
    [60_000, 8000, 1],
    [3000, 8000, 0],
    [60_000, 30, 0],
  ] as const) {
    const d = dialogue()
    const c = d.established(
      { mtuProbing: 'on', initialWindow: 20 },
      'S 0:0(0) win 3000 <mss 1460,nop,wscale 7>',
      `. 1:1(0) ack 1 win ${window}`,
    ).connection!
    send(c, Buffer.alloc(bytes))
    t.is(d.skip().filter(s => s.raw.length > 1024).length, probes)
  }
  const d = dialogue()
  const { c } = flying(d, 200_000, { mtuProbing: 'on', initialWindow: 20 })
  // The first probe passes; what follows it is lost, and with it the time for probes.
  d.receives('. 1:1(0) ack 1223 win 8000')
  for (let n = 0; n < 3; n++) d.receives('. 1:1(0) ack 1223 win 8000')
  t.is(c.recovery.phase, 'recovery')
  const { probeSeq } = c.pathMtu
  blockOf(c).pathMtu.probeSize = 0
  d.skip()
  for (let n = 0; n < 20; n++) d.receives('. 1:1(0) ack 1223 win 8000')
  t.true(d.skip().length > 0)
  t.is(c.pathMtu.probeSeq, probeSeq)
})

test('[R4821-8] after a failed probe the next waits for as many round trips as there are segments in the window', t => {
  const { c, probes, events } = transfer(
    { ...NARROW, mtu: 1100 },
    { mtuProbing: 'on', congestionControl: 'reno' },
    60_000,
    8 << 20,
  )
  // A probe that was lost beside others has not failed, and may go again as soon as all is repaired (RFC 4821 §7.6.4).
  const failed = probes.flatMap((p, n) =>
    n + 1 < probes.length && probes[n + 1]!.high < p.length + 52 ? [{ ...p, next: probes[n + 1]!.time }] : [],
  )
  t.true(failed.length >= 2)
  for (const { time, next, cwnd } of failed)
    t.true((next - time) / 20 >= cwnd / 1024, `${(next - time) / 20} round trips, cwnd ${cwnd}`)
  // Nor has it passed: no black hole comes of it.
  t.true(probes.length > failed.length + 2)
  t.true(events.every(e => e.cause === 'search' || (e.cause === 'probe' && e.to <= 1100)))
  t.true(c.pathMtu.size > 1100 - 8)
})

test('[R4821-10] probes carry the text that is next, once: the stream is intact, without a timeout', t => {
  const { c, probes, intact } = transfer(
    { queue: 1 << 20 },
    { mtuProbing: 'on', maxReceiveBuffer: 100_000, receiveBuffer: 100_000 },
    30_000,
    4 << 20,
  )
  t.true(intact)
  t.true(c.pathMtu.size > 1480)
  t.true(probes.length >= 5)
  t.is(c.troubles.retransmissions, 0)
})

test('routers that say so, on the way: a transfer through 1200 bytes costs hardly a round trip', t => {
  const { c, intact, events } = transfer({ mtu: 1200, icmp: true }, {}, 60_000)
  t.true(intact)
  t.is(c.snd.mss, 1200 - 52)
  t.deepEqual(
    events.map(e => e.cause),
    ['ICMP'],
  )
})
