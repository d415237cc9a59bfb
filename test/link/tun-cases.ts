// What tun.test.ts runs, each case in a process and a network namespace of its own: `node tun-cases.js CASE`.

import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import dgram from 'node:dgram'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import net from 'node:net'
import { networkInterfaces } from 'node:os'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { openTun, TunError, type TunLink } from '../../src/link/tun.ts'
import { loadAddon } from '../../src/link/tun-native.ts'
import { createStack } from '../../src/net/create-stack.ts'
import { CHECKSUM_COMPLETE, CHECKSUM_PARTIAL, CHECKSUM_VERIFIED, PacketBatch } from '../../src/wire/batch.ts'
import { Ipv4Header, parseIpv4 } from '../../src/wire/ipv4.ts'
import { ACK, CWR, parseTcp, Segment } from '../../src/wire/tcp.ts'
import { answerEcho, isTcp, isUdp, tcpFields, tcpHeaders, udp } from './packets.ts'

const file = fileURLToPath(import.meta.url)
const address = '192.0.2.1/24'

const ip = (...words: string[]): string => execFileSync('ip', words, { encoding: 'utf8' })
/** Asks once, and is answered. */
const ping = async (): Promise<void> => {
  const [code] = await once(spawn('ping', ['-c', '1', '-W', '60', '192.0.2.2']), 'close')
  assert.equal(code, 0)
}
const exists = (name: string): boolean => spawnSync('ip', ['link', 'show', name]).status === 0

/** Calls `use` with each packet delivered. */
const listen = (link: TunLink, use: (packet: Uint8Array, i: number, batch: PacketBatch) => void): void =>
  link.start(batch => {
    for (let i = 0; i < batch.count; i++) {
      const start = batch.starts[i]!
      use(batch.buffers[i]!.subarray(start, start + batch.lengths[i]!), i, batch)
    }
  })

const send = (link: TunLink, ...packets: Uint8Array[]): void => {
  const batch = new PacketBatch(packets.length, false)
  for (const packet of packets) batch.push(packet, 0, packet.length, CHECKSUM_COMPLETE, 0)
  link.transmit(batch)
}

/** The kernel sends datagrams, in order. */
const kernelSends = async (...texts: string[]): Promise<void> => {
  const socket = dgram.createSocket('udp4')
  for (const text of texts)
    await new Promise<void>((resolve, reject) =>
      socket.send(text, 9, '192.0.2.2', error => (error ? reject(error) : resolve())),
    )
  await new Promise<void>(resolve => socket.close(() => resolve()))
}

/** As ArrayBuffer.prototype.transfer(), which Node 20 has behind a flag. */
const detach = (buffer: ArrayBufferLike): void => {
  if (!('transfer' in ArrayBuffer.prototype)) setFlagsFromString('--harmony-rab-gsab-transfer')
  runInNewContext('ArrayBuffer.prototype.transfer').call(buffer)
}

const text = (packet: Uint8Array): string => Buffer.from(packet.subarray(28)).toString()

/** Resolves when the kernel has delivered a datagram with this text to us. */
const arrival = (link: TunLink, wanted: string): Promise<void> =>
  new Promise(resolve => listen(link, packet => isUdp(packet) && text(packet) === wanted && resolve()))

const failure = (open: () => unknown): unknown => {
  try {
    open()
  } catch (error) {
    return error
  }
  return assert.fail('it should have been refused')
}

/** Runs one of the cases below in a process of its own, in this namespace. */
const rerun = (name: string, ...before: string[]) => {
  const [command = '', ...words] = [...before, process.execPath, file, name]
  return spawnSync(command, words, { encoding: 'utf8', timeout: 20_000 })
}

export const cases: Record<string, () => unknown> = {
  'opens with a name, an address and an MTU, and is up'() {
    const link = openTun({ name: 'tcp0', address, mtu: 1400 })
    assert.equal(link.name, 'tcp0')
    assert.equal(link.mtu, 1400)
    assert.equal(link.ipv4, address)
    assert.equal(link.isUp, true)
    assert.deepEqual(link.offload, { checksum: true, segmentation: true })
    const [entry] = networkInterfaces().tcp0 ?? []
    assert.equal(entry?.cidr, address)
    assert.match(ip('link', 'show', 'tcp0'), /mtu 1400/)
    assert.match(ip('route'), /192\.0\.2\.0\/24 dev tcp0/)
    link.close()
    assert.equal(exists('tcp0'), false)
  },

  'has a name made up by the kernel, and 1500 bytes'() {
    const [one, two] = [openTun(), openTun({ name: 'web%d', up: false })]
    assert.match(one.name, /^tun\d+$/)
    assert.equal(one.mtu, 1500)
    assert.equal(one.ipv4, null)
    assert.equal(two.name, 'web0')
    assert.equal(two.isUp, false)
    one.release()
    two.release()
  },

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

  'attaches to a persistent device and keeps what it has'() {
    ip('tuntap', 'add', 'kept', 'mode', 'tun')
    ip('address', 'add', '198.18.0.1/15', 'dev', 'kept')
    ip('link', 'set', 'kept', 'mtu', '1280')
    const link = openTun({ name: 'kept' })
    assert.equal(link.mtu, 1280)
    assert.equal(link.ipv4, '198.18.0.1/15')
    assert.equal(link.isUp, true)
    link.close()
    assert.equal(exists('kept'), true)
    const again = openTun({ name: 'kept', address: '192.0.2.1/32', mtu: 9000 })
    assert.equal(again.mtu, 9000)
    assert.equal(again.ipv4, '192.0.2.1/32')
    again.close()
  },

  'needs no right to configure what is configured already'() {
    ip('tuntap', 'add', 'kept', 'mode', 'tun', 'user', '0')
    ip('address', 'add', address, 'dev', 'kept')
    ip('link', 'set', 'kept', 'up')
    const run = rerun('leaf: opens kept', 'setpriv', '--bounding-set=-all', '--inh-caps=-all')
    assert.equal(run.stdout, `kept ${address} true`, run.stderr)
    ip('link', 'set', 'kept', 'down')
    const refused = rerun('leaf: opens kept', 'setpriv', '--bounding-set=-all', '--inh-caps=-all')
    assert.equal(
      refused.stdout,
      "EPERM SIOCSIFFLAGS the TUN device 'kept' cannot be brought up by this user: run it with sudo, in a network namespace of its own (tuntcp netns COMMAND), or ask an administrator for `ip link set kept up`",
    )
  },

  'leaf: opens kept'() {
    try {
      const link = openTun({ name: 'kept', address })
      process.stdout.write(`${link.name} ${link.ipv4} ${link.isUp}`)
    } catch (error) {
      const { code, syscall, message } = error as TunError
      process.stdout.write(`${code} ${syscall} ${message}`)
    }
  },

  'without the right to make a device it says who may'() {
    const run = rerun('leaf: opens kept', 'setpriv', '--bounding-set=-all', '--inh-caps=-all')
    assert.match(
      run.stdout,
      /^EPERM TUNSETIFF .*sudo.*tuntcp netns COMMAND.*`ip tuntap add kept mode tun user \$USER && .*ip link set kept up`, and open that device by its name/,
    )
  },

  'a device in use is EBUSY, one of another kind EINVAL'() {
    const link = openTun({ name: 'tcp0' })
    const busy = failure(() => openTun({ name: 'tcp0' }))
    assert.ok(busy instanceof TunError)
    assert.equal(busy.code, 'EBUSY')
    assert.equal(busy.syscall, 'TUNSETIFF')
    link.close()
    openTun({ name: 'tcp0' }).close()
    const other = failure(() => openTun({ name: 'lo' }))
    assert.ok(other instanceof TunError)
    assert.equal(other.code, 'EINVAL')
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

  async 'reports the device that somebody deletes'() {
    const lost: TunError[] = []
    const link = openTun({ name: 'tcp0', address })
    const told = new Promise<void>(resolve => {
      link.onError = error => {
        lost.push(error)
        resolve()
      }
    })
    link.start(() => {})
    ip('link', 'delete', 'tcp0')
    await told
    const { user, system } = process.cpuUsage()
    const idle = await new Promise<NodeJS.CpuUsage>(resolve =>
      // Time must pass to see that none of it is used.
      setTimeout(() => resolve(process.cpuUsage({ user, system })), 200),
    )
    assert.ok(idle.user + idle.system < 100_000, `busy for ${idle.user + idle.system} µs of 200,000`)
    assert.equal(lost.length, 1)
    assert.match(lost[0]!.message, /tcp0.*gone/)
    assert.equal(lost[0]!.code, 'EBADFD')
    send(link, udp(9, Buffer.from('late')))
    link.close()
  },

  'counts what a device that is down does not take'() {
    const link = openTun({ name: 'tcp0', address })
    ip('link', 'set', 'tcp0', 'down')
    send(link, udp(9, Buffer.from('lost')), udp(9, Buffer.from('lost')))
    assert.equal(link.counters.writeErrors, 2)
    assert.equal(link.counters.sent, 0)
    assert.equal(link.counters.lastError, 'EIO')
    link.close()
  },

  'alone keeps no process alive'() {
    const run = rerun('leaf: idles')
    assert.equal(run.signal, null)
    assert.equal(run.status, 0, run.stderr)
  },

  'leaf: idles'() {
    openTun({ address }).start(() => {})
  },

  async 'ends with its worker thread'() {
    const worker = new Worker(file, { workerData: 'leaf: worker' })
    await once(worker, 'message')
    await kernelSends('one', 'two', 'three')
    await once(worker, 'message')
    await worker.terminate()
    assert.equal(exists('tcp0'), false)
    // And one that ends by itself, its device open.
    const other = new Worker(file, { workerData: 'leaf: idles' })
    const [code] = await once(other, 'exit')
    assert.equal(code, 0)
  },

  async 'leaf: worker'() {
    const link = openTun({ name: 'tcp0', address })
    link.start(() => parentPort!.postMessage('received'))
    parentPort!.postMessage('started')
    await new Promise(() => setInterval(() => {}, 1000))
  },

  async 'is closed when it is collected'() {
    for (let i = 0; i < 50; i++) openTun({ name: `gc${i}`, up: false })
    // Finalizers run between turns of the event loop.
    for (let turn = 0; turn < 100 && exists('gc0'); turn++) {
      globalThis.gc!()
      await new Promise(resolve => setImmediate(resolve))
    }
    assert.equal(exists('gc0'), false)
  },

  async 'has addresses of both families, and speaks IPv6 with super-segments'() {
    const name = 'both0'
    const link = openTun({ name, address: [address, '2001:db8::1/64', 'fd00:7::1/48'] })
    const theirs = () => networkInterfaces()[name]!.map(({ cidr }) => cidr)
    for (const cidr of [address, '2001:db8::1/64', 'fd00:7::1/48']) assert.ok(theirs().includes(cidr), cidr)
    const stack = createStack({ link, address: ['192.0.2.2/24', '2001:db8::2/64'] })
    const server = stack.createServer(socket => socket.pipe(socket)).listen(80)
    await once(server, 'listening')
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
    const client = net.connect({ host: '2001:db8::2', port: 80 })
    client.end(Buffer.alloc(200_000, 'x'))
    let length = 0
    for await (const chunk of client) length += (chunk as Buffer).length
    assert.equal(length, 200_000)
    assert.equal(stack.host.drops['tcp-checksum'], 0)
    await stack.close()
  },

  'an IPv6 network that another interface has is refused, and so are two of IPv4'() {
    const first = openTun({ name: 'one0', address: '2001:db8::1/64' })
    assert.throws(() => openTun({ name: 'two0', address: '2001:db8::5/96' }), {
      code: 'EADDRINUSE',
      message: /2001:db8::5\/96 would take away .*2001:db8::1\/64 of one0/,
    })
    assert.equal(exists('two0'), false)
    for (const bad of ['::/0', 'ff02::1/64', '::1/128', '2001:db8::1/129'])
      assert.throws(() => openTun({ address: bad }), RangeError, bad)
    assert.throws(() => openTun({ address: [address, '10.0.0.1/8'] }), /more than one IPv4 address/)
    first.close()
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
    // What is said to be complete is left alone: these two are not right.
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
    const link = openTun({ address })
    const beyond = openTun({ address: '198.18.0.1/15', offload: false })
    writeFileSync('/proc/sys/net/ipv4/ip_forward', '1')
    const BYTES = 3 * 1000 + 7
    const destination = 0xc6120002 | 0
    const data = Buffer.alloc(BYTES, 'The quick brown fox jumps over the lazy dog. ')
    const header = new Ipv4Header()
    const segment = new Segment()
    const seen: [seq: number, length: number, cwr: boolean][] = []
    const forwarded = Buffer.alloc(BYTES)
    const all = new Promise<void>(resolve =>
      listen(beyond, (packet, i, batch) => {
        if (!isTcp(packet)) return
        assert.equal(batch.checksums[i], CHECKSUM_VERIFIED)
        assert.equal(parseIpv4(packet, 0, packet.length, header), null)
        segment.source = header.source
        segment.destination = header.destination
        assert.equal(parseTcp(packet, 20, header.totalLength - 20, false, segment), null)
        seen.push([segment.seq, segment.length, (segment.flags & CWR) !== 0])
        forwarded.set(packet.subarray(segment.start, segment.start + segment.length), segment.seq)
        if (segment.seq + segment.length === BYTES) resolve()
      }),
    )
    const batch = new PacketBatch(1)
    const start = batch.begin(40)
    tcpHeaders(batch.slab.subarray(start, start + 40), 80, 0, 0, ACK | CWR, BYTES, undefined, destination)
    batch.addPiece(data, 0, 1)
    batch.addPiece(data, 1, BYTES - 1)
    batch.commit(CHECKSUM_PARTIAL, 1000)
    link.transmit(batch)
    await all
    assert.deepEqual(seen, [
      [0, 1000, true],
      [1000, 1000, false],
      [2000, 1000, false],
      [3000, 7, false],
    ])
    assert.ok(forwarded.equals(data))
    link.close()
    beyond.close()
  },

  async 'hostile numbers and arrays cost a packet, never memory'() {
    const device = new (loadAddon().Device)()
    assert.equal(device.open(), 0)
    assert.equal(device.attach('tcp0', true, false), 'tcp0')
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

/** A small generator of repeatable random numbers from 0 to 1. */
const mulberry32 = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
}

/** Runs the case; the deadline keeps the process alive as long, and no longer, than the case needs. */
const main = async (name: string): Promise<void> => {
  const leaf = name.startsWith('leaf: ')
  const deadline = leaf
    ? undefined
    : setTimeout(() => {
        console.error(`not finished in time: ${name}`)
        process.exit(1)
      }, 30_000)
  await cases[name]!()
  clearTimeout(deadline)
}

if (!isMainThread) await main(workerData)
else if (process.argv[1] === file) await main(process.argv[2] ?? '')
