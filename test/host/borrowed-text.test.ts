/** Text lies in the link's memory until the batch is processed: then what nobody has read must have been copied. */
import test from 'ava'
import { Host } from '../../src/host/host.ts'
import type { Link } from '../../src/ip/link.ts'
import { createPipe } from '../../src/link/pipe.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import type { ConnectionUser } from '../../src/tcp/block/connection-user.ts'
import type { ConnectionView as Connection } from '../../src/tcp/block/connection-view.ts'
import { receive, receiveInto, send, setUser } from '../../src/tcp/calls.ts'
import { parseAddress } from '../../src/wire/address.ts'
import { PacketBatch } from '../../src/wire/batch.ts'

/** A link that gives what it delivers in memory of its own, and spoils what was not taken when the receiver returns. */
const spoiling = (link: Link, lose: (n: number) => boolean): Link => {
  let n = 0
  return {
    name: link.name,
    mtu: link.mtu,
    offload: link.offload,
    start: receiver =>
      link.start(batch => {
        const copy = new PacketBatch(batch.count, false)
        // At times it has no memory to give away.
        copy.lends = n % 3 !== 0
        for (let i = 0; i < batch.count; i++) {
          const packet = new Uint8Array(batch.packetLength(i))
          batch.copy(i, packet)
          if (!lose(n++)) copy.push(packet, 0, packet.length, batch.checksums[i]!, batch.segmentSizes[i]!)
        }
        receiver(copy)
        for (let i = 0; i < copy.count; i++) if (copy.taken[i] === 0) copy.buffers[i]!.fill(0xee)
      }),
    transmit: batch => link.transmit(batch),
    close: () => link.close(),
  }
}

const pattern = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i % 251)

interface Reader {
  /** Reads when there are notices. */
  readable(c: Connection, take: (bytes: Uint8Array) => void): void
  /** The interval at which the reader comes by itself, ms. */
  readonly every?: number
}

const all = (c: Connection, take: (bytes: Uint8Array) => void): void => {
  for (let chunk = receive(c); chunk !== null; chunk = receive(c)) take(chunk)
}

const readers: Record<string, Reader> = {
  'who reads at once': { readable: all },
  'who reads a little at once, the rest later': {
    readable(c, take) {
      const some = receive(c, 700)
      if (some !== null) take(some)
    },
    every: 7,
  },
  'who reads into memory of its own': {
    readable(c, take) {
      const memory = new Uint8Array(1000)
      const length = receiveInto(c, memory)
      take(memory.subarray(0, length))
    },
    every: 3,
  },
  'who reads later': { readable() {}, every: 20 },
}

for (const [who, reader] of Object.entries(readers))
  for (const [how, offload, lose] of [
    ['in small segments', false, () => false],
    ['in super-segments', true, () => false],
    ['with losses', false, (n: number) => n > 20 && n % 17 === 0],
  ] as const)
    test(`${who} gets what was sent, ${how}`, t => {
      const clock = new VirtualClock()
      const [a, b] = createPipe(clock, { delay: 1, offload })
      const client = new Host({ clock, random: new SeededRandom(1) })
      const server = new Host({ clock, random: new SeededRandom(2) })
      client.attach(a, ['192.0.2.1/24'])
      server.attach(spoiling(b, lose), ['192.0.2.2/24'])
      const sent = pattern(400_000)
      const read: Uint8Array[] = []
      let accepted: Connection | null = null
      const user: ConnectionUser = {
        established() {},
        readable: () => reader.readable(accepted!, bytes => read.push(bytes)),
        writable() {},
        closed() {},
      }
      const listener = server.listen(0, 9, {
        acceptable() {
          accepted = listener.accept()!
          setUser(accepted, user)
        },
      })
      const nobody: ConnectionUser = { established() {}, readable() {}, writable() {}, closed() {} }
      const c = client.connect(parseAddress('192.0.2.2'), 9, nobody)
      send(c, sent)
      for (let at = 0; at < 20_000; at += reader.every ?? 100) {
        clock.run(at)
        if (accepted !== null) {
          all(accepted, bytes => read.push(bytes))
          t.false((accepted as Connection).receiveQueue.borrows)
        }
      }
      t.deepEqual(Buffer.concat(read), Buffer.from(sent))
    })
