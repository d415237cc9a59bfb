/** Offload of a TUN device: super-segments, checksums, and numbers that are not true. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import net from 'node:net'
import { networkInterfaces } from 'node:os'
import { untilUsable } from '../../src/cli/ipv6-ends.ts'
import { openTun } from '../../src/link/tun.ts'
import { loadAddon, type NativeDevice } from '../../src/link/tun-native.ts'
import { createStack } from '../../src/net/create-stack.ts'
import { CHECKSUM_COMPLETE, CHECKSUM_PARTIAL, CHECKSUM_VERIFIED, PacketBatch } from '../../src/wire/batch.ts'
import { Ipv4Header, parseIpv4 } from '../../src/wire/ipv4.ts'
import { ACK, CWR, FIN, PSH, parseTcp, Segment } from '../../src/wire/tcp.ts'
import { isTcp, tcpFields, tcpHeaders } from './packets.ts'

import { address, type Cases, listen, runCase } from './tun-support.ts'

/** A small generator of repeatable random numbers from 0 to 1. */
const mulberry32 = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
}

/** What comes of a super-segment that the kernel passes on, when somebody has cut it. */
const isCut = async (offload: true | 'software'): Promise<void> => {
  const link = openTun({ address, offload })
  const beyond = openTun({ address: '198.18.0.1/15', offload: false })
  writeFileSync('/proc/sys/net/ipv4/ip_forward', '1')
  const BYTES = 3 * 1000 + 7
  const destination = 0xc6120002 | 0
  const data = Buffer.from(Array.from({ length: BYTES }, (_, i) => i % 251))
  const header = new Ipv4Header()
  const segment = new Segment()
  const seen: [seq: number, length: number, flags: number, identification: number][] = []
  const forwarded = Buffer.alloc(BYTES)
  const all = new Promise<void>(resolve =>
    listen(beyond, (packet, i, batch) => {
      if (!isTcp(packet)) return
      assert.equal(batch.checksums[i], CHECKSUM_VERIFIED)
      assert.equal(parseIpv4(packet, 0, packet.length, header), null)
      segment.source = header.source
      segment.destination = header.destination
      assert.equal(parseTcp(packet, 20, header.totalLength - 20, false, segment), null)
      seen.push([segment.seq, segment.length, segment.flags, packet[4]! * 256 + packet[5]!])
      forwarded.set(packet.subarray(segment.start, segment.start + segment.length), segment.seq)
      if (segment.seq + segment.length === BYTES) resolve()
    }),
  )
  const batch = new PacketBatch(1)
  const start = batch.begin(40)
  const head = batch.slab.subarray(start, start + 40)
  tcpHeaders(head, 80, 0, 0, ACK | CWR | PSH | FIN, BYTES, undefined, destination)
  // Pieces that end within a segment, where one ends, and with the whole.
  const ends = [1, 700, 2000, 2001, BYTES]
  for (const [n, end] of ends.entries()) batch.addPiece(data, ends[n - 1] ?? 0, end - (ends[n - 1] ?? 0))
  batch.commit(CHECKSUM_PARTIAL, 1000)
  const first = head[4]! * 256 + head[5]!
  link.transmit(batch)
  await all
  assert.equal(link.counters.writeErrors, 0)
  assert.deepEqual(seen, [
    [0, 1000, ACK | CWR, first],
    [1000, 1000, ACK, first + 1],
    [2000, 1000, ACK, first + 2],
    [3000, 7, ACK | PSH | FIN, first + 3],
  ])
  assert.ok(forwarded.equals(data))
  link.close()
  beyond.close()
}

/** Twenty thousand batches of packets that nobody should write, to a device that cuts super-segments or, without the header, not. */
const writeNonsense = (virtioHeader: boolean): NativeDevice => {
  const device = new (loadAddon().Device)()
  assert.equal(device.open(), 0)
  assert.equal(device.attach('tcp0', virtioHeader, false), 'tcp0')
  assert.equal(device.setAddress(0xc0000201, 0xffffff00), 0)
  assert.equal(device.up(), 0)
  const random = mulberry32(9293)
  const integers = [0, 1, 2, 19, 20, 40, 64, 100, 1500, 65535, 65536, -1, -20, 2147483647, -2147483648]
  const integer = (): number =>
    random() < 0.7 ? integers[Math.floor(random() * integers.length)]! : (random() * 2 ** 32) | 0
  const detached = (): Uint8Array => {
    const bytes = new Uint8Array(100)
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
    return bytes
  }
  const resizable = (): Uint8Array => {
    // ES2024, in Node from 20; unknown to the types of ES2023.
    const Resizable = ArrayBuffer as unknown as new (
      bytes: number,
      options: { maxByteLength: number },
    ) => ArrayBuffer & { resize(bytes: number): void }
    const buffer = new Resizable(200, { maxByteLength: 400 })
    const bytes = new Uint8Array(buffer, 100)
    buffer.resize(random() < 0.5 ? 10 : 300)
    return bytes
  }
  const bytes = (): Uint8Array => {
    const array = new Uint8Array(Math.floor(random() * 200))
    for (let i = 0; i < array.length; i++) array[i] = random() * 256
    if (random() < 0.8) array[0] = 0x45
    if (random() < 0.5) array[9] = random() < 0.7 ? 6 : 17
    return array
  }
  const things: (() => unknown)[] = [
    bytes,
    bytes,
    bytes,
    detached,
    resizable,
    () => new Uint8Array(new SharedArrayBuffer(100)),
    () => new Float64Array(10),
    () => undefined,
    () => 'text',
    () => ({ length: 5, byteLength: 1e9 }),
  ]
  const thing = (): Uint8Array => things[Math.floor(random() * things.length)]!() as Uint8Array
  for (let round = 0; round < 20_000; round++) {
    const count = Math.floor(random() * 4)
    const descriptors = new Int32Array(count * 5 + Math.floor(random() * 12))
    for (let i = 0; i < descriptors.length; i++) descriptors[i] = integer()
    // Mostly a plausible number of pieces, so that the ranges are reached.
    if (random() < 0.8) for (let i = 0; i < count; i++) descriptors[i * 5 + 4] = i
    const dropped = device.write(count, descriptors, [thing(), thing(), thing()], [thing(), thing()])
    assert.ok(dropped >= 0 && dropped <= count)
  }
  return device
}

export const cases: Cases = {
  async 'has addresses of both families, and speaks IPv6 with super-segments'() {
    const name = 'both0'
    const link = openTun({ name, address: [address, '2001:db8::1/64', 'fd00:7::1/48'] })
    const theirs = () => networkInterfaces()[name]!.map(({ cidr }) => cidr)
    for (const cidr of [address, '2001:db8::1/64', 'fd00:7::1/48']) assert.ok(theirs().includes(cidr), cidr)
    const stack = createStack({ link, address: ['192.0.2.2/24', '2001:db8::2/64'] })
    const server = stack.createServer(socket => socket.pipe(socket)).listen(80)
    await once(server, 'listening')
    await untilUsable(name)
    assert.equal(server.address()!.address, '::')
    for (const host of ['2001:db8::2', '192.0.2.2']) {
      const client = net.connect({ host, port: 80 })
      const text = Buffer.alloc(3_000_000, 'super-segments')
      client.end(text)
      const chunks: Buffer[] = []
      for await (const chunk of client) chunks.push(chunk as Buffer)
      assert.ok(Buffer.concat(chunks).equals(text), host)
    }
    assert.ok(link.counters.received < 3000, `${link.counters.received} packets`)
    const { drops } = stack.host
    assert.deepEqual([drops['tcp-checksum'], drops['ip-extension'], drops['tcp-truncated']], [0, 0, 0])
    await stack.close()
  },

  async 'IPv6 without offload: checksums are completed, and those that are right vouched for'() {
    const link = openTun({ name: 'plain0', address: ['2001:db8::1/64'], offload: false })
    const stack = createStack({ link, address: '2001:db8::2/64' })
    const server = stack.createServer(socket => socket.pipe(socket)).listen(80)
    await once(server, 'listening')
    await untilUsable(link.name)
    const client = net.connect({ host: '2001:db8::2', port: 80 })
    client.end(Buffer.alloc(200_000, 'x'))
    let length = 0
    for await (const chunk of client) length += (chunk as Buffer).length
    assert.equal(length, 200_000)
    assert.equal(stack.host.drops['tcp-checksum'], 0)
    await stack.close()
  },

  async 'super-segments pass both ways'() {
    const BYTES = 13 * 1460 + 7
    const data = Buffer.alloc(BYTES, 'The quick brown fox jumps over the lazy dog. ')
    const server = net.createServer(socket => socket.on('error', () => {}).pipe(socket))
    const link = openTun({ address })
    server.listen(0, '192.0.2.1')
    await once(server, 'listening')
    const { port } = server.address() as net.AddressInfo

    const out = new PacketBatch(8)
    const segment = (seq: number, ack: number, flags: number, piece: Uint8Array | null): void => {
      const length = piece?.length ?? 0
      out.clear()
      const start = out.begin(40)
      tcpHeaders(out.slab.subarray(start, start + 40), port, seq, ack, flags, length)
      if (piece !== null) {
        out.addPiece(piece, 0, 5000)
        out.addPiece(piece, 5000, length - 5000)
      }
      out.commit(CHECKSUM_PARTIAL, length > 1460 ? 1460 : 0)
      link.transmit(out)
    }

    const echo = Buffer.alloc(BYTES)
    let next = 0
    let received = 0
    let largest = 0
    const echoed = new Promise<void>(resolve =>
      listen(link, (packet, i, batch) => {
        if (!isTcp(packet)) return
        const { seq, flags, text } = tcpFields(packet)
        if (flags & 0x02) {
          next = (seq + 1) | 0
          segment(1001, next, 0x10, null)
          segment(1001, next, 0x18, data)
        }
        if (text.length === 0 || seq !== next) return
        if (batch.segmentSizes[i]! > 0) {
          assert.equal(batch.checksums[i], CHECKSUM_PARTIAL)
          assert.ok(text.length > batch.segmentSizes[i]!)
        }
        largest = Math.max(largest, text.length)
        echo.set(text, received)
        received += text.length
        next = (next + text.length) | 0
        segment(1001 + BYTES, next, 0x10, null)
        if (received === BYTES) resolve()
      }),
    )
    segment(1000, 0, 0x02, null)
    await echoed
    assert.ok(echo.equals(data))
    assert.ok(largest > 1460, `largest was ${largest}`)
    assert.equal(link.counters.writeErrors, 0)
    segment(1001 + BYTES, next, 0x14, null)
    link.close()
    server.close()
  },

  async 'without offload it completes checksums, and vouches for those that are right'() {
    const link = openTun({ address, offload: false })
    const beyond = openTun({ address: '198.18.0.1/15', offload: false })
    writeFileSync('/proc/sys/net/ipv4/ip_forward', '1')
    const data = Buffer.from('some text of an odd length, in pieces of odd lengths and even ones')
    const came: [seq: number, checksum: number, verified: boolean][] = []
    const all = new Promise<void>(resolve =>
      listen(beyond, (packet, i, batch) => {
        if (!isTcp(packet)) return
        const header = new Ipv4Header()
        const segment = new Segment()
        assert.equal(parseIpv4(packet, 0, packet.length, header), null)
        segment.source = header.source
        segment.destination = header.destination
        const right = parseTcp(packet, 20, header.totalLength - 20, false, segment) === null
        came.push([packet[27]!, batch.checksums[i]!, right])
        if (came.length === 8) resolve()
      }),
    )
    const batch = new PacketBatch(8)
    const write = (seq: number, cuts: readonly number[], checksum: number): void => {
      const length = cuts.at(-1)!
      const start = batch.begin(40)
      const head = batch.slab.subarray(start, start + 40)
      tcpHeaders(head, 80, seq, 0, ACK, length, undefined, 0xc6120002 | 0)
      for (const [n, end] of cuts.entries()) batch.addPiece(data, cuts[n - 1] ?? 0, end - (cuts[n - 1] ?? 0))
      batch.commit(checksum, 0)
    }
    const cuts = [[66], [65], [1, 2, 65], [3, 20, 41, 66], [0], [64, 65, 66]]
    for (const [seq, at] of cuts.entries()) write(seq, at, CHECKSUM_PARTIAL)
    // Checksums that are said to be complete are left alone: these two are not right.
    write(6, [10], CHECKSUM_COMPLETE)
    write(7, [1], CHECKSUM_COMPLETE)
    link.transmit(batch)
    await all
    assert.equal(link.counters.writeErrors, 0)
    assert.deepEqual(came, [
      ...cuts.map((_, seq) => [seq, CHECKSUM_VERIFIED, true]),
      [6, CHECKSUM_COMPLETE, false],
      [7, CHECKSUM_COMPLETE, false],
    ])
    link.close()
    beyond.close()
  },

  async 'the kernel cuts a super-segment as it was told'() {
    await isCut(true)
  },

  async 'the addon cuts a super-segment as the kernel would'() {
    await isCut('software')
  },

  async 'the addon cuts super-segments of IPv6, and both families pass both ways in packets of the MTU'() {
    const link = openTun({ name: 'soft0', address: [address, '2001:db8::1/64'], offload: 'software' })
    assert.deepEqual(link.offload, { checksum: true, segmentation: true })
    const stack = createStack({ link, address: ['192.0.2.2/24', '2001:db8::2/64'] })
    const server = stack.createServer(socket => socket.pipe(socket)).listen(80)
    await once(server, 'listening')
    await untilUsable(link.name)
    const text = Buffer.from(Array.from({ length: 1_000_000 }, (_, i) => i % 251))
    for (const host of ['2001:db8::2', '192.0.2.2']) {
      const client = net.connect({ host, port: 80 })
      client.end(text)
      const chunks: Buffer[] = []
      for await (const chunk of client) chunks.push(chunk as Buffer)
      assert.ok(Buffer.concat(chunks).equals(text), host)
    }
    // What comes is whole packets of 1500 bytes, what goes super-segments.
    assert.ok(link.counters.received > 1300, `${link.counters.received} packets`)
    assert.ok(link.counters.sent < link.counters.received, `${link.counters.sent} packets`)
    assert.equal(link.counters.writeErrors, 0)
    await stack.close()
  },

  async 'hostile numbers and arrays cost a packet, never memory, also where the addon cuts'() {
    writeNonsense(false).close()
  },

  async 'hostile numbers and arrays cost a packet, never memory'() {
    const device = writeNonsense(true)
    // A getter among the buffers: it detaches what was checked before it, or closes the device.
    const head = new Uint8Array(100).fill(0x45)
    const descriptors = new Int32Array([0, 100, 0, 0, 1, 0, 100])
    const evil = Object.defineProperty([], 0, {
      get() {
        structuredClone(head.buffer, { transfer: [head.buffer] })
        structuredClone(descriptors.buffer, { transfer: [descriptors.buffer] })
        return new Uint8Array(100)
      },
    }) as Uint8Array[]
    assert.equal(device.write(1, descriptors, [head], evil), 1)
    const throwing = Object.defineProperty([], 0, {
      get() {
        throw new Error('from the getter')
      },
    }) as Uint8Array[]
    assert.throws(() => device.write(1, new Int32Array(5), throwing, []), /from the getter/)
    const closing = Object.defineProperty([], 0, {
      get() {
        device.close()
        return new Uint8Array(100)
      },
    }) as Uint8Array[]
    assert.equal(device.write(1, new Int32Array([0, 100, 0, 0, 0]), closing, []), 1)
    assert.equal(device.writeErrno(), 9)
  },
}

await runCase(import.meta.url, cases)
