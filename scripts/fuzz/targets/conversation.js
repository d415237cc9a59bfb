/**
 * SEGMENT ARRIVES on a live connection: the input is read as segments of a peer that knows its numbers, calls of the user,
 * and time; over IPv4 where it is of even length, else over IPv6. Nothing throws, and what is held stays within the buffers.
 */
import { Host } from '../../../dist/src/host/host.js'
import { SeededRandom } from '../../../dist/src/sim/seeded-random.js'
import { VirtualClock } from '../../../dist/src/sim/virtual-clock.js'
import { TcpError } from '../../../dist/src/tcp/block/error.js'
import { abort, close, receive, send, setUser } from '../../../dist/src/tcp/calls.js'
import { parseAddress } from '../../../dist/src/wire/address.js'
import { CHECKSUM_VERIFIED, PacketBatch } from '../../../dist/src/wire/batch.js'
import { ipHeaderLength, writeIp } from '../../../dist/src/wire/ip.js'
import { ACK, SYN, writeTcp } from '../../../dist/src/wire/tcp.js'
import { Reader } from '../reader.js'

const PREFIXES = ['192.0.2.1/24', '2001:db8::1/64']
const OURS = ['192.0.2.1', '2001:db8::1'].map(parseAddress)
const PEERS = ['192.0.2.2', '2001:db8::2'].map(parseAddress)
const PORT = 80
const PEER_PORT = 5000
const ISS = 1000
const BUFFER = 16_384
const PIECES = 64
/** Beyond what buffers say, one segment may be on its way into them. */
const SLACK = 70_000
const SYN_OPTIONS = [2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7]

export const fuzz = data => {
  const reader = new Reader(data)
  const [ours, peer] = [OURS[data.length % 2], PEERS[data.length % 2]]
  const ip = ipHeaderLength(peer)
  const clock = new VirtualClock()
  let deliver = () => {}
  let last = null
  const link = {
    name: 'fuzz',
    mtu: 1500,
    offload: { checksum: false, segmentation: false },
    start(receiver) {
      deliver = receiver
    },
    transmit(batch) {
      for (let i = 0; i < batch.count; i++) {
        const packet = new Uint8Array(batch.packetLength(i))
        batch.copy(i, packet)
        if (packet[ip === 20 ? 9 : 6] === 6) last = packet
      }
    },
    close() {},
  }
  const tcp = { receiveBuffer: BUFFER, sendBuffer: BUFFER, reassemblySegments: PIECES, userTimeout: 20_000 }
  const host = new Host({ clock, random: new SeededRandom('fuzz'), tcp, report: raise })
  host.attach(link, PREFIXES)
  let connection = null
  const user = { established() {}, readable() {}, writable() {}, closed() {} }
  const listener = host.listen(parseAddress('::'), PORT, {
    acceptable() {
      connection ??= listener.accept()
      if (connection !== null) setUser(connection, user)
    },
  })
  const arrive = (flags, seq, ack, window, options, text) => {
    const length = 20 + options.length
    const b = new Uint8Array(ip + length + text)
    writeIp(b, 0, b.length, 6, peer, ours, 64, 0)
    writeTcp(b, ip, PEER_PORT, PORT, seq, ack, length, flags, window, reader.byte() === 7 ? 1 : 0)
    b.set(options, ip + 20)
    const batch = new PacketBatch(1, false)
    batch.push(b, 0, b.length, CHECKSUM_VERIFIED, 0)
    deliver(batch)
  }
  arrive(SYN, ISS, 0, 65_535, SYN_OPTIONS, 0)
  const iss = last === null ? 0 : readNumber(last, ip + 4)
  arrive(ACK, ISS + 1, (iss + 1) | 0, 512, [], 0)
  clock.advance?.(0)
  const [theirs, first] = [ISS + 1, (iss + 1) | 0]
  for (let steps = 0; !reader.ended && steps < 200; steps++) {
    const what = reader.byte()
    if (what < 200) {
      // Near the numbers that count, or anywhere.
      const seq = what < 150 ? theirs + reader.signed16() : reader.uint32()
      const ack = what < 180 ? (first + reader.signed16()) | 0 : reader.uint32()
      const options = Array.from({ length: 4 * (reader.byte() % 11) }, () => reader.byte())
      arrive(reader.byte(), seq | 0, ack, reader.uint16(), options, reader.uint16() % 1460)
    } else if (what < 215) clock.run(clock.now() + reader.uint16())
    else if (connection === null) continue
    else call(connection, what, reader)
    if (connection === null) continue
    const { receiveQueue, sendQueue } = connection
    if ((receiveQueue?.length ?? 0) > BUFFER + SLACK) throw new Error('the receive queue has no bound')
    if ((sendQueue?.length ?? 0) > BUFFER + SLACK) throw new Error('the send queue has no bound')
    if (host.connections.size > 2) throw new Error(`${host.connections.size} connections of one`)
  }
  // It comes to an end by itself.
  host.close()
}

/** The user's calls; one that the state does not allow is refused by a TcpError. */
const call = (connection, what, reader) => {
  try {
    if (what < 230) send(connection, new Uint8Array(reader.uint16() % 8000))
    else if (what < 245) receive(connection)
    else if (what < 250) close(connection)
    else if (what < 252) abort(connection)
  } catch (error) {
    if (!(error instanceof TcpError)) throw error
  }
}

const raise = error => {
  throw error
}

const readNumber = (b, at) => (b[at] << 24) | (b[at + 1] << 16) | (b[at + 2] << 8) | b[at + 3]
