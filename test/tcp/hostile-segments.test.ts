/** Attacks within valid packets, by a hostile peer or somebody in its name. */
import test from 'ava'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { close, receive, release, send } from '../../src/tcp/calls.ts'
import { CHECKSUM_VERIFIED, PacketBatch } from '../../src/wire/batch.ts'
import { type Dialogue, dialogue } from '../support/dialogue.ts'
import { PEER } from '../support/packets.ts'
import { RecordingUser } from '../support/recording-user.ts'
import { dialogueAt, stream } from '../support/states.ts'

test('urgent pointers of any kind, also on SYN and FIN: the stream is what it is', t => {
  const d = dialogue()
  d.listen()
  d.receives('SU 0:0(0) win 65535 urg 65535 <mss 1460>')
  d.sends('S. 0:0(0) ack 1')
  d.receives('U. 1:1(0) ack 1 urg 1')
  const user = d.accepted[0]!
  let seq = 1
  for (const urg of [0, 1, 3, 4, 65_535]) {
    d.receives(`U. ${seq}:${seq + 3}(3) ack 1 urg ${urg}`)
    // Above a gap, and old.
    d.receives(`U. ${seq + 6}:${seq + 9}(3) ack 1 urg ${urg}`)
    d.receives(`U. ${seq}:${seq + 3}(3) ack 1 urg ${urg}`)
    d.receives(`. ${seq + 3}:${seq + 6}(3) ack 1`)
    seq += 9
  }
  d.receives(`FU. ${seq}:${seq}(0) ack 1 urg 65535`)
  t.is(user.text, stream(1, 45))
  t.is(user.log.at(-1), 'end')
})

test('micro-segments out of order: bounded nodes and bytes, and the stream whole in the end (SegmentSmack)', t => {
  const limit = 500
  const d = dialogue({ tcp: { reassemblySegments: limit } })
  const user = d.established()
  const queue = () => user.connection!.receiveQueue
  const random = new SeededRandom(5)
  for (let n = 0; n < 20_000; n += 50) {
    d.receives(
      ...Array.from({ length: 50 }, () => {
        const seq = 3 + 2 * random.below(15_000)
        return `. ${seq}:${seq + 1}(1) ack 1`
      }),
    )
    d.skip()
    if (queue().piecesAbove > limit) t.fail(`${queue().piecesAbove} pieces`)
  }
  t.is(queue().piecesAbove, limit)
  t.is(queue().bytesAbove, limit)
  // The highest have gone: what is sent again last.
  t.true(((queue().pieces().at(-1)!.seq - queue().pieces()[0]!.seq) | 0) < 15_000)
  for (let seq = 1; seq < 30_001; seq += 1000) d.receives(`. ${seq}:${seq + 1000}(1000) ack 1`)
  t.is(user.text, stream(1, 30_000))
  t.deepEqual([queue().piecesAbove, queue().bytesAbove], [0, 0])
})

test('large segments that overlap all but an octet do not hold on to their memory', t => {
  const d = dialogue()
  const user = d.established()
  const batch = new PacketBatch(1, false)
  const size = 16_384
  for (let seq = 1000; seq > 1; seq--) {
    // As a device gives them that has merged segments.
    const packet = d.build(`. ${seq}:${seq + size}(${size}) ack 1`)
    batch.push(packet, 0, packet.length, CHECKSUM_VERIFIED, 1460)
    d.link.receive!(batch)
    batch.clear()
  }
  const { receiveQueue } = user.connection!
  t.is(receiveQueue.bytesAbove, size + 998)
  const held = new Set(receiveQueue.pieces().map(p => p.bytes.buffer))
  const bytes = [...held].reduce((n, b) => n + b.byteLength, 0)
  t.true(bytes < 4 * size, `${bytes} bytes of memory for ${receiveQueue.bytesAbove}`)
})

test('in-order octets one by one do not cost a chunk each', t => {
  const d = dialogue()
  const user = d.established({ receiveBuffer: 10_000 })
  user.reading = false
  for (let seq = 1; seq <= 10_000; seq++) d.receives(`. ${seq}:${seq + 1}(1) ack 1`)
  let chunks = 0
  while (receive(user.connection!) !== null) chunks++
  t.true(chunks <= 10, `${chunks} chunks`)
})

for (const mss of [1, 8, 47, 48])
  test(`an MSS of ${mss} is 48: no segment for each octet (CVE-2019-11479)`, t => {
    const d = dialogue({ tcp: { timestamps: true } })
    const user = d.established(
      {},
      `S 0:0(0) win 65535 <mss ${mss},sackOK,TS val 1 ecr 0>`,
      '. 1:1(0) ack 1 win 65535 <nop,nop,TS val 2 ecr 0>',
    )
    send(user.connection!, Buffer.alloc(360))
    t.deepEqual(
      d.skip().map(s => s.text.length),
      new Array(10).fill(36),
    )
  })

test('an MSS of 0 says nothing: 536, as without the option', t => {
  const d = dialogue()
  const user = d.established({}, 'S 0:0(0) win 65535 <mss 0>', '. 1:1(0) ack 1 win 65535')
  send(user.connection!, Buffer.alloc(1072))
  t.deepEqual(
    d.skip().map(s => s.text.length),
    [536, 536],
  )
})

test('SACK blocks full of nonsense, agreed on or not: nothing', t => {
  const d = dialogue()
  const user = d.established({}, 'S 0:0(0) win 65535 <mss 1460,nop,nop,sackOK>')
  send(user.connection!, Buffer.alloc(10_000))
  d.skip()
  const random = new SeededRandom(6)
  const hex = (n: number) =>
    Array.from({ length: n }, () => random.below(256).toString(16).padStart(2, '0')).join('')
  for (let n = 0; n < 1000; n++) {
    const blocks = 1 + random.below(4)
    d.receives(
      `. 1:1(0) ack 1 win ${1000 + n} <nop,nop,raw 0x05${(2 + 8 * blocks).toString(16).padStart(2, '0')}${hex(8 * blocks)}>`,
    )
  }
  t.is(user.connection!.snd.una, (user.connection!.snd.iss + 1) | 0)
  t.is(user.connection!.state, 'ESTABLISHED')
  d.silent()
})

test('ACK division: the window grows by the bytes acknowledged, not by the ACKs', t => {
  const d = dialogue()
  const { connection } = d.established({ initialWindow: 2 })
  send(connection!, Buffer.alloc(100_000))
  d.skip()
  const { cwnd } = connection!.congestion
  for (let ack = 2; ack <= 1461; ack++) d.receives(`. 1:1(0) ack ${ack} win 65535`)
  t.is(connection!.congestion.cwnd, cwnd + 1460)
})

test('optimistic ACKs of what was not sent are dropped', t => {
  const d = dialogue()
  const { connection } = d.established({ initialWindow: 2 })
  send(connection!, Buffer.alloc(100_000))
  d.skip()
  const { cwnd } = connection!.congestion
  for (let ack = 2922; ack < 60_000; ack += 1460) d.receives(`. 1:1(0) ack ${ack} win 65535`)
  t.is(connection!.congestion.cwnd, cwnd)
  t.is(connection!.snd.una, (connection!.snd.iss + 1) | 0)
})

test('duplicate ACKs made up by the thousand let out no more than was outstanding', t => {
  const d = dialogue()
  const { connection } = d.established({ initialWindow: 4 }, 'S 0:0(0) win 65535 <mss 1460,nop,wscale 14>')
  send(connection!, Buffer.alloc(1_000_000))
  t.is(d.skip().length, 4)
  for (let n = 0; n < 2000; n++) d.receives('. 1:1(0) ack 1 win 65535')
  const sent = d.skip()
  // The lost one again, and one for each that was outstanding (RFC 5681 §3.2).
  t.true(sent.length <= 1 + 4 + 3, `${sent.length} segments`)
})

for (const [name, lead] of Object.entries({
  'half-open': d => {
    d.listen()
    d.receives('S 0:0(0)')
  },
  'FIN-WAIT-1': d => release(d.established().connection!),
  'FIN-WAIT-2': d => {
    release(d.established().connection!)
    d.receives('. 1:1(0) ack 2')
  },
  CLOSING: d => {
    release(d.established().connection!)
    d.receives('F. 1:1(0) ack 1')
  },
  'LAST-ACK': d => {
    const { connection } = d.established()
    d.receives('F. 1:1(0) ack 1')
    release(connection!)
  },
  'a shut window': d => {
    const { connection } = d.established()
    send(connection!, Buffer.alloc(10))
    d.receives('. 1:1(0) ack 1 win 0')
    release(connection!)
  },
} satisfies Record<string, (d: Dialogue) => void>))
  test(`nobody pins us: ${name}, and then silence, ends by itself`, t => {
    const d = dialogue()
    lead(d)
    t.is(d.host.connections.size, 1)
    d.after(1_200_000)
    t.true(d.empty)
  })

test('nor by saying something now and then: a window kept shut, or FIN-WAIT-2 with ACKs (Sockstress)', t => {
  const pinned = (options: Partial<TcpOptions>, lead: (d: Dialogue, user: RecordingUser) => string) => {
    const d = dialogue()
    const user = d.established(options)
    const line = lead(d, user)
    for (let n = 0; n < 1000 && !d.empty; n++) {
      d.after(1000)
      if (d.skip().some(s => s.flags & 4)) break
      d.receives(line)
    }
    return d
  }
  const shut = pinned({}, (d, user) => {
    send(user.connection!, Buffer.alloc(10))
    release(user.connection!)
    d.receives('. 1:1(0) ack 1 win 0')
    return '. 1:1(0) ack 1 win 0'
  })
  t.true(shut.empty)
  t.true(shut.clock.now() < 600_000)
  const lingering = pinned({}, (d, user) => {
    release(user.connection!)
    d.receives('. 1:1(0) ack 2')
    return '. 1:1(0) ack 2'
  })
  t.true(lingering.clock.now() <= 61_000)
  t.is(lingering.host.connections.size, 0)
})

test('a window scale of 15 to 255 is 14', t => {
  for (const scale of [15, 31, 32, 255]) {
    const d = dialogue()
    const { connection } = d.established({}, `S 0:0(0) win 65535 <mss 1460,nop,wscale ${scale}>`)
    t.is(connection!.snd.scale, 14)
    t.is(connection!.snd.wnd, 65_535 << 14)
  }
})

for (const edge of [0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0])
  for (const before of [0, 1, 2, 5000])
    test(`ISNs ${before} below 0x${(edge >>> 0).toString(16)}: both streams pass byte by byte`, t => {
      const isn = (edge - before) | 0
      const d = dialogueAt(isn, isn)
      const user = d.established()
      const text = stream(1, 20_000)
      send(user.connection!, Buffer.from(text))
      close(user.connection!)
      let got = ''
      for (let acked = 1; acked <= 20_000; ) {
        for (const s of d.skip()) {
          if (s.text.length === 0) continue
          got += Buffer.from(s.text).toString('latin1')
          acked += s.text.length
        }
        // The second half of each thousand before the first.
        const seq = user.text.length + 1
        d.receives(
          `. ${seq + 500}:${seq + 1000}(500) ack ${acked}`,
          `. ${seq}:${seq + 500}(500) ack ${acked}`,
        )
      }
      t.is(got, text)
      t.is(user.text, stream(1, user.text.length))
      t.true(user.text.length > 1000)
    })

test('timestamps do not tell the up-time, nor one connection’s of another’s', t => {
  const d = dialogue({ tcp: { timestamps: true } })
  const offsets = new Set<number>()
  for (let port = 1; port <= 300; port++) {
    const user = new RecordingUser()
    const c = d.host.connect(PEER, port, user, { localPort: 5000 })
    offsets.add(c.tsOffset)
  }
  t.is(offsets.size, 300)
  t.true([...offsets].filter(o => o < 0).length > 100)
})
