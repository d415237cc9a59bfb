/** Packets to and from a TUN device, and the memory that they stand in. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { openTun } from '../../src/link/tun.ts'
import { loadAddon } from '../../src/link/tun-native.ts'
import { CHECKSUM_COMPLETE, CHECKSUM_PARTIAL, PacketBatch } from '../../src/wire/batch.ts'
import { Ipv4Header, parseIpv4 } from '../../src/wire/ipv4.ts'
import { answerEcho, isUdp, udp } from './packets.ts'

import {
  address,
  arrival,
  type Cases,
  detach,
  exists,
  kernelSends,
  listen,
  ping,
  runCase,
  send,
  text,
} from './tun-support.ts'

export const cases: Cases = {
  async 'delivers what the kernel sends'() {
    const link = openTun({ address })
    const arrived = new Promise<void>(resolve =>
      listen(link, (packet, i, batch) => {
        if (!isUdp(packet)) return
        assert.equal(parseIpv4(packet, 0, packet.length, new Ipv4Header()), null)
        assert.equal(text(packet), 'hello')
        assert.equal(batch.checksums[i], CHECKSUM_PARTIAL)
        assert.equal(batch.segmentSizes[i], 0)
        resolve()
      }),
    )
    await kernelSends('hello')
    await arrived
    assert.ok(link.counters.received >= 1)
    link.close()
  },

  async 'delivers complete checksums without offload'() {
    const link = openTun({ address, offload: false })
    assert.deepEqual(link.offload, { checksum: true, segmentation: false })
    const arrived = new Promise<void>(resolve =>
      listen(link, (packet, i, batch) => {
        if (!isUdp(packet)) return
        assert.equal(batch.checksums[i], CHECKSUM_COMPLETE)
        assert.notEqual(packet[26]! | packet[27]!, 0)
        resolve()
      }),
    )
    await kernelSends('hello')
    await arrived
    link.close()
  },

  async 'answers ping, whose packets we write'() {
    const link = openTun({ address })
    listen(link, packet => answerEcho(packet) && send(link, packet))
    await ping()
    await ping()
    assert.equal(link.counters.sent, 2)
    link.close()
  },

  async 'answers ping without offload, head and pieces apart'() {
    const link = openTun({ address, offload: false })
    const batch = new PacketBatch(4)
    listen(link, packet => {
      if (!answerEcho(packet)) return
      batch.clear()
      const start = batch.begin(20)
      batch.slab.set(packet.subarray(0, 20), start)
      batch.addPiece(packet, 20, 8)
      batch.addPiece(packet, 28, packet.length - 28)
      batch.commit(CHECKSUM_COMPLETE, 0)
      link.transmit(batch)
    })
    await ping()
    link.close()
  },

  async 'may be closed in the middle of a batch, and again'() {
    const link = openTun({ address })
    let batches = 0
    const closed = new Promise<void>(resolve =>
      link.start(() => {
        batches++
        link.close()
        link.close()
        resolve()
      }),
    )
    await kernelSends('one', 'two', 'three')
    await closed
    // The device is gone with it; a turn of the event loop later nothing has been delivered.
    await new Promise(resolve => setImmediate(resolve))
    assert.equal(batches, 1)
    send(link, udp(9, Buffer.from('late')))
    link.start(() => assert.fail('delivered after close'))
    assert.equal(link.isUp, false)
    assert.equal(link.ipv4, null)
    assert.equal(exists(link.name), false)
  },

  async 'what was taken is never written again'() {
    const link = openTun({ address })
    const kept: Uint8Array[] = []
    const texts = Array.from({ length: 200 }, (_, i) => `packet ${i}`)
    let seen = 0
    const all = new Promise<void>(resolve =>
      listen(link, (packet, i, batch) => {
        if (!isUdp(packet)) return
        if (seen % 2 === 0) {
          batch.take(i)
          kept.push(packet)
        } else {
          // Poison: had those that were taken shared memory with this one, it would show.
          packet.fill(0xff)
        }
        if (++seen === texts.length) resolve()
      }),
    )
    await kernelSends(...texts)
    await all
    globalThis.gc?.()
    assert.deepEqual(
      kept.map(text),
      texts.filter((_, i) => i % 2 === 0),
    )
    link.close()
  },

  async 'what was not taken is written again'() {
    const link = openTun({ address })
    const places = new Set<string>()
    const buffers: ArrayBufferLike[] = []
    for (let n = 0; n < 20; n++) {
      const came = new Promise<void>(resolve =>
        listen(link, (packet, i) => {
          if (i === 0 && !buffers.includes(packet.buffer)) buffers.push(packet.buffer)
          if (i === 0) places.add(`${buffers.indexOf(packet.buffer)}:${packet.byteOffset}`)
          if (isUdp(packet)) resolve()
        }),
      )
      await kernelSends('one', 'two')
      await came
    }
    assert.equal(places.size, 1)
    link.close()
  },

  async 'survives a slab that was detached'() {
    const link = openTun({ address })
    const first = new Promise<void>(resolve =>
      link.start(batch => {
        const slab = batch.buffers[0]!.buffer
        detach(slab)
        assert.equal(slab.byteLength, 0)
        resolve()
      }),
    )
    await kernelSends('one')
    await first
    const second = arrival(link, 'two')
    await kernelSends('two')
    await second
    link.close()
  },

  async 'nobody can transfer a slab that others have views of, whoever has made it'() {
    const lent: Uint8Array[] = []
    const { slab: lend } = loadAddon()
    for (const made of ['by the addon', 'by V8, for the addon has none left']) {
      const link = openTun({ address })
      const tried = new Promise<void>(resolve =>
        link.start(batch => {
          const slab = batch.buffers[0]!.buffer as ArrayBuffer
          try {
            structuredClone(slab, { transfer: [slab] })
          } catch (error) {
            // Node 20 makes a copy instead.
            assert.equal((error as Error).name, 'DataCloneError')
          }
          assert.notEqual(slab.byteLength, 0, made)
          resolve()
        }),
      )
      await kernelSends('one')
      await tried
      link.close()
      for (let slab = lend(); slab !== undefined; slab = lend()) lent.push(slab)
    }
    assert.ok(lent.length > 0)
  },

  async 'an exception of the receiver is an uncaught one, and reading goes on'() {
    const link = openTun({ address })
    const uncaught = once(process, 'uncaughtException')
    listen(link, packet => {
      if (isUdp(packet)) throw new Error('thrown by the receiver')
    })
    await kernelSends('one')
    const [error] = await uncaught
    assert.equal(error.message, 'thrown by the receiver')
    const second = arrival(link, 'two')
    await kernelSends('two')
    await second
    link.close()
  },
}

await runCase(import.meta.url, cases)
