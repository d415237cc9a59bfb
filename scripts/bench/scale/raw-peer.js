/**
 * A host of ours, and at the other end of its link no stack but somebody who writes the packets of any number of
 * connections by hand: so all memory, and nearly all time, is the one host's.
 */
import { Host } from '../../../dist/src/host/host.js'
import { SeededRandom } from '../../../dist/src/sim/seeded-random.js'
import { VirtualClock } from '../../../dist/src/sim/virtual-clock.js'
import { close, receive, setUser } from '../../../dist/src/tcp/calls.js'
import { parseAddress } from '../../../dist/src/wire/address.js'
import { CHECKSUM_VERIFIED, PacketBatch } from '../../../dist/src/wire/batch.js'
import { read16, read32, write16, write32, writeIpv4 } from '../../../dist/src/wire/ipv4.js'
import { ACK, FIN, PSH, SYN } from '../../../dist/src/wire/tcp.js'

const HOST = '198.18.0.1'
const PEERS = parseAddress('198.19.0.1')
const SERVER_PORT = 80
const FIRST_PORT = 1024
/** Connections from one address. */
const PORTS = 60_000
/** The first sequence number of every connection of the peer's. */
const ISS = 1_000_000

/** Packets in a delivery; each visit to a connection brings two, so that the second is acknowledged. */
const BATCH = 20
const VISIT = 2

/** The places of the parts of a packet: IPv4, TCP, options. */
const TCP = 20
const OPTIONS = 40
/** MSS, SACK permitted, timestamps, window scale: what Linux offers. */
const SYN_OPTIONS = [2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7]
/** Two NOPs and timestamps; the echo of the SYN,ACK's goes to its end. */
const ACK_OPTIONS = [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0]
const WINDOW = 0xffff

/** The user of a connection: takes what there is, and closes when the peer has. */
class Reader {
  constructor(connection) {
    this.connection = connection
  }
  established() {}
  readable() {
    while (receive(this.connection) !== null) {}
    if (this.connection.finReceived) close(this.connection)
  }
  writable() {}
  closed() {}
}

/** A packet of the peer's, all but what differs from connection to connection. */
const template = (flags, options, text, address) => {
  const length = OPTIONS + options.length + text
  const b = new Uint8Array(length)
  writeIpv4(b, 0, length, 6, address, parseAddress(HOST), 64, 0, 0)
  write16(b, TCP + 2, SERVER_PORT)
  b[TCP + 12] = ((OPTIONS - TCP + options.length) / 4) << 4
  b[TCP + 13] = flags
  write16(b, TCP + 14, WINDOW)
  b.set(options, OPTIONS)
  return b
}

export class RawPeer {
  name = 'raw'
  mtu = 1500
  /** Nobody sums what nothing can garble. */
  offload = { checksum: true, segmentation: true }
  clock = new VirtualClock()
  /** Packets that the host has sent. */
  sent = 0
  #deliver = null
  #batch = new PacketBatch(BATCH, false)
  /** The sequence numbers of each connection: the host's next one, and ours. */
  #theirs
  #ours
  #opening = false
  #count = 0
  #next = 0
  #text
  /** Packets to be, by kind and address of the peer. */
  #templates = new Map()
  #tsEcho = 0

  /**
   * @param options { connections: how many there will be at most, text: bytes of a data packet, trace }
   */
  constructor({ connections, text = 0, trace = null }) {
    this.#theirs = new Int32Array(connections)
    this.#ours = new Int32Array(connections).fill(ISS)
    this.#text = text
    this.host = new Host({
      clock: this.clock,
      random: new SeededRandom(1),
      trace,
      allocate: Buffer.allocUnsafe,
    })
    this.host.attach(this, [`${HOST}/15`])
    const user = {
      acceptable: () => {
        for (let c = listener.accept(); c !== null; c = listener.accept()) setUser(c, new Reader(c))
      },
    }
    const listener = this.host.listen(0, SERVER_PORT, user)
  }

  start(receiver) {
    this.#deliver = receiver
  }

  transmit(batch) {
    this.sent += batch.count
    if (!this.#opening) return
    for (let i = 0; i < batch.count; i++) {
      const b = batch.buffers[i]
      const at = batch.starts[i]
      if ((b[at + TCP + 13] & SYN) === 0) continue
      const n = (read32(b, at + 16) - PEERS) * PORTS + read16(b, at + TCP + 2) - FIRST_PORT
      this.#theirs[n] = (read32(b, at + TCP + 4) + 1) | 0
      this.#tsEcho = read32(b, at + OPTIONS + 8)
    }
  }

  close() {}

  /** Opens so many more connections. */
  open(count) {
    const end = this.#count + count
    while (this.#count < end) {
      const first = this.#count
      this.#count = Math.min(end, first + BATCH)
      this.#handshake(first, this.#count)
      this.clock.advance(1)
    }
    let established = 0
    for (const c of this.host.connections) if (c.state === 'ESTABLISHED') established++
    if (established !== this.#count) throw new Error(`${established} of ${this.#count} connections are open`)
  }

  /** Some connections from SYN to last ACK, the peer closes first; returns how many. Not with others open. */
  live() {
    this.#handshake(0, BATCH)
    for (let n = 0; n < BATCH; n++) this.#push(n, FIN | ACK, ACK_OPTIONS, 0)
    this.flush()
    for (let n = 0; n < BATCH; n++) {
      this.#ours[n] = (this.#ours[n] + 1) | 0
      this.#theirs[n] = (this.#theirs[n] + 1) | 0
      this.#push(n, ACK, ACK_OPTIONS, 0)
    }
    this.flush()
    this.clock.advance(1)
    if (this.host.connections.size !== 0)
      throw new Error(`${this.host.connections.size} connections are left`)
    return BATCH
  }

  #handshake(first, end) {
    this.#opening = true
    for (let n = first; n < end; n++) this.#push(n, SYN, SYN_OPTIONS, 0)
    this.flush()
    for (let n = first; n < end; n++) {
      this.#ours[n] = (this.#ours[n] + 1) | 0
      this.#push(n, ACK, ACK_OPTIONS, 0)
    }
    this.flush()
    this.#opening = false
  }

  /** Two data packets for each of the next connections in turn: one delivery. Returns how many packets. */
  visit() {
    const visits = BATCH / VISIT
    for (let i = 0; i < visits; i++) {
      const n = this.#next
      for (let k = 0; k < VISIT; k++) {
        this.#push(n, ACK | PSH, ACK_OPTIONS, this.#text)
        this.#ours[n] = (this.#ours[n] + this.#text) | 0
      }
      this.#next = n + 1 === this.#count ? 0 : n + 1
    }
    return BATCH
  }

  /** Delivers what was written, and lets the host come to rest. */
  flush() {
    this.#deliver(this.#batch)
    this.#batch.clear()
    this.clock.settle()
  }

  /** Forgets what was written: what writing alone costs. */
  discard() {
    this.#batch.clear()
  }

  #push(n, flags, options, text) {
    const peer = Math.floor(n / PORTS)
    const key = (peer << 8) | flags
    let packets = this.#templates.get(key)
    if (packets === undefined) {
      packets = Array.from({ length: BATCH }, () => template(flags, options, text, (PEERS + peer) | 0))
      this.#templates.set(key, packets)
    }
    // Each place in the batch has memory of its own.
    const b = packets[this.#batch.count]
    write16(b, TCP, FIRST_PORT + (n % PORTS))
    write32(b, TCP + 4, this.#ours[n])
    if (flags & ACK) {
      write32(b, TCP + 8, this.#theirs[n])
      write32(b, OPTIONS + 8, this.#tsEcho)
    }
    this.#batch.push(b, 0, b.length, CHECKSUM_VERIFIED, 0)
  }
}
