import { EventEmitter } from 'node:events'
import test from 'ava'
import { packetDeviceLink } from '../../src/link/packet-device.ts'
import { CHECKSUM_COMPLETE, PacketBatch } from '../../src/wire/batch.ts'

/** A stand-in of tuntap2's shape that writes down what it is given. */
class Device extends EventEmitter {
  name = 'tun7'
  mtu = 1400
  written: Buffer[] = []
  released = 0
  write(packet: Buffer): boolean {
    this.written.push(packet)
    return true
  }
  release(): void {
    this.released++
  }
}

const packet = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes)

test('packet device: name and MTU are the device’s, then ours', t => {
  t.like(packetDeviceLink(new Device()), {
    name: 'tun7',
    mtu: 1400,
    offload: { checksum: false, segmentation: false },
  })
  t.like(packetDeviceLink(new Device(), { name: 'x', mtu: 576 }), { name: 'x', mtu: 576 })
  const bare = { on() {}, write() {} }
  t.like(packetDeviceLink(bare), { name: 'device', mtu: 1500 })
  t.notThrows(() => packetDeviceLink(bare).close())
  t.throws(() => packetDeviceLink(new Device(), { mtu: 67 }), { instanceOf: RangeError })
})

test('packet device: delivers each packet, to be verified', t => {
  const device = new Device()
  const link = packetDeviceLink(device)
  const seen: number[][] = []
  link.start(batch => {
    t.is(batch.count, 1)
    t.is(batch.checksums[0], CHECKSUM_COMPLETE)
    t.is(batch.segmentSizes[0], 0)
    const copy = new Uint8Array(batch.packetLength(0))
    batch.copy(0, copy)
    seen.push([...copy])
  })
  device.emit('data', packet(1, 2, 3))
  device.emit('data', packet())
  device.emit('data', packet(4))
  t.deepEqual(seen, [[1, 2, 3], [4]])
})

test('packet device: what was taken stays, though the device uses its buffer again', t => {
  const device = new Device()
  const link = packetDeviceLink(device)
  const kept: Uint8Array[] = []
  link.start(batch => {
    batch.take(0)
    kept.push(batch.buffers[0]!.subarray(batch.starts[0]!, batch.starts[0]! + batch.lengths[0]!))
  })
  const buffer = packet(1, 2, 3)
  device.emit('data', buffer)
  buffer.fill(9)
  device.emit('data', buffer)
  t.deepEqual(kept, [packet(1, 2, 3), packet(9, 9, 9)])
})

test('packet device: sends each packet whole, in a buffer of its own', t => {
  const device = new Device()
  const link = packetDeviceLink(device)
  const batch = new PacketBatch(2)
  const start = batch.begin(2)
  batch.slab.set([1, 2], start)
  batch.addPiece(packet(0, 3, 4, 0), 1, 2)
  batch.addPiece(packet(5), 0, 1)
  batch.commit(CHECKSUM_COMPLETE, 0)
  batch.push(packet(0, 6), 1, 1, CHECKSUM_COMPLETE, 0)
  link.transmit(batch)
  batch.slab.fill(0)
  t.deepEqual(device.written, [Buffer.from([1, 2, 3, 4, 5]), Buffer.from([6])])
  t.not(device.written[0]!.buffer, device.written[1]!.buffer)
})

test('packet device: one that throws loses the packet, not more', t => {
  const device = new Device()
  const link = packetDeviceLink(device)
  const batch = new PacketBatch(2, false)
  batch.push(packet(1), 0, 1, CHECKSUM_COMPLETE, 0)
  batch.push(packet(2), 0, 1, CHECKSUM_COMPLETE, 0)
  const { write } = device
  device.write = () => {
    device.write = write
    throw 'device is not up'
  }
  link.transmit(batch)
  t.deepEqual(device.written, [Buffer.from([2])])
  t.like(link, { counters: { writeErrors: 1, lastError: 'device is not up' } })
})

test('packet device: one that delivers while we write from the receiver', t => {
  const device = new Device()
  const link = packetDeviceLink(device)
  const seen: number[] = []
  const reply = new PacketBatch(1, false)
  device.write = sent => device.emit('data', sent)
  link.start(batch => {
    const first = batch.buffers[0]![0]!
    if (first < 3) {
      reply.clear()
      reply.push(packet(first + 1), 0, 1, CHECKSUM_COMPLETE, 0)
      link.transmit(reply)
    }
    seen.push(batch.buffers[0]![0]!)
  })
  device.emit('data', packet(1))
  t.deepEqual(seen, [3, 2, 1])
})

test('packet device: closes once, in a delivery too, and is silent then', t => {
  const device = new Device()
  const link = packetDeviceLink(device)
  let seen = 0
  link.start(() => {
    seen++
    link.close()
    link.close()
  })
  device.emit('data', packet(1))
  device.emit('data', packet(2))
  t.is(seen, 1)
  t.is(device.released, 1)
  t.is(device.listenerCount('data'), 0)
  const batch = new PacketBatch(1, false)
  batch.push(packet(1), 0, 1, CHECKSUM_COMPLETE, 0)
  link.transmit(batch)
  link.start(() => t.fail())
  t.deepEqual(device.written, [])
})
