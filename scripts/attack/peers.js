/**
 * Peers that follow no rule: their packets are made by hand, and there is no TCP behind them. They have as many addresses as
 * they like, all behind a TUN device of their own; the kernel forwards between it and the stack's.
 */
import { execFileSync } from 'node:child_process'
import { openTun } from '../../dist/src/link/tun.js'
import { SeededRandom } from '../../dist/src/sim/seeded-random.js'
import { parseAddress } from '../../dist/src/wire/address.js'
import { CHECKSUM_COMPLETE, PacketBatch } from '../../dist/src/wire/batch.js'
import { checksum } from '../../dist/src/wire/checksum.js'
import { Ipv4Header, PROTOCOL_TCP, parseIpv4, write16, write32, writeIpv4 } from '../../dist/src/wire/ipv4.js'
import { pseudoHeaderSum } from '../../dist/src/wire/pseudo-header.js'
import { ACK, FIN, PSH, parseTcp, RST, Segment, SYN, writeTcp } from '../../dist/src/wire/tcp.js'
import { ATTACKER_HOST, ATTACKER_HOST6, ATTACKERS, STACK } from './addresses.js'

export { ACK, FIN, PSH, RST, SYN }

const BATCH = 64
/** Some resets get lost. */
const ROUNDS = 3
/** A connection that has had its ration of answers during the attack gives the next one within five seconds. */
const MOST_ROUNDS = 10
const ROUND = 600
const EMPTY = new Uint8Array(0)
const TARGET = parseAddress(STACK)
const FIRST = parseAddress(ATTACKERS)

/** MSS, SACK permitted and a window scale, as a SYN has them. */
const synOptions = (mss, scale) =>
  Uint8Array.of(2, 4, mss >> 8, mss & 255, 1, 1, 4, 2, ...(scale === null ? [] : [1, 3, 3, scale]))

/** Blocks of [from, to], at most four. */
export const sackOption = blocks => {
  const bytes = new Uint8Array(4 + 8 * blocks.length)
  bytes.set([1, 1, 5, 2 + 8 * blocks.length])
  blocks.forEach(([from, to], i) => {
    write32(bytes, 4 + 8 * i, from)
    write32(bytes, 8 + 8 * i, to)
  })
  return bytes
}

export const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

export class Peers {
  sent = 0
  sentBytes = 0
  received = 0
  receivedBytes = 0
  random = new SeededRandom('attack')
  /** Told of each segment that is for no connection. */
  stray = () => {}
  #link = openTun({ name: 'attacker', address: [ATTACKER_HOST, ATTACKER_HOST6], offload: false })
  #batch = new PacketBatch(BATCH, false)
  #connections = new Map()
  #header = new Ipv4Header()
  #segment = new Segment()
  #nextPort = 0

  constructor() {
    // A burst of the stack's is to arrive, so that there is something to be malicious about.
    execFileSync('ip', ['link', 'set', this.#link.name, 'txqueuelen', '20000'])
    this.#link.start(batch => {
      for (let i = 0; i < batch.count; i++) this.#arrives(batch.buffers[i], batch.starts[i], batch.lengths[i])
      this.flush()
    })
  }

  /** The address of this number, from 0. */
  address(number) {
    return (FIRST + (number % 120_000)) | 0
  }

  /** A packet as it is. */
  raw(bytes) {
    this.#batch.push(bytes, 0, bytes.length, CHECKSUM_COMPLETE, 0)
    this.sent++
    this.sentBytes += bytes.length
    if (this.#batch.full) this.flush()
  }

  /** The bytes of a segment. */
  segment({
    source,
    sourcePort,
    port,
    seq = 0,
    ack = 0,
    flags,
    window = 65_535,
    options = EMPTY,
    text = EMPTY,
    urgent = 0,
  }) {
    const header = 20 + options.length
    const b = new Uint8Array(20 + header + text.length)
    writeIpv4(b, 0, b.length, PROTOCOL_TCP, source, TARGET, 64, 0, this.random.uint32() & 0xffff)
    writeTcp(b, 20, sourcePort, port, seq, ack, header, flags, window, urgent)
    b.set(options, 40)
    b.set(text, 20 + header)
    write16(
      b,
      36,
      checksum(b, 20, header + text.length, pseudoHeaderSum(source, TARGET, PROTOCOL_TCP, b.length - 20)),
    )
    return b
  }

  send(fields) {
    this.raw(this.segment(fields))
  }

  flush() {
    if (this.#batch.count === 0) return
    this.#link.transmit(this.#batch)
    this.#batch.clear()
  }

  /** Connects to a port of the stack's; the connection, or null after two seconds. */
  async connect(port, { from = this.#nextPort, mss = 1460, scale = 7, window = 65_535 } = {}) {
    const number = this.#nextPort++
    const c = new Connection(this, this.address(from), 1024 + (number % 60_000), port)
    const key = keyOf(c.source, c.sourcePort)
    this.#connections.set(key, c)
    c.window = window
    c.send(SYN, { seq: c.seq - 1, window: 65_535, options: synOptions(mss, scale) })
    this.flush()
    for (let i = 0; i < 200 && c.next === null; i++) await pause(10)
    if (c.next === null) this.#connections.delete(key)
    return c.next === null ? null : c
  }

  /** So many of them, some at a time. */
  async connectMany(count, port, options) {
    const all = []
    for (let i = 0; i < count; i += 100)
      all.push(
        ...(await Promise.all(
          Array.from({ length: Math.min(100, count - i) }, () => this.connect(port, options)),
        )),
      )
    return all.filter(c => c !== null)
  }

  /** Resets all that is connected: what they cost is to be given back. */
  async end() {
    let left = [...this.#connections.values()]
    for (let round = 0; left.length > 0 && round < MOST_ROUNDS; round++) {
      let resets = 0
      for (const c of left) {
        c.endsByReset()
        // No more than the queue of a device takes.
        if (++resets % 100 === 0) {
          this.flush()
          await pause(10)
        }
      }
      this.flush()
      await pause(ROUND)
      if (round + 1 >= ROUNDS) left = left.filter(c => !c.reset && !c.answered)
    }
    this.#link.close()
  }

  #arrives(b, start, length) {
    // Nobody behind an address of IPv6 has a connection.
    if (b[start] >>> 4 === 6) {
      this.received++
      this.receivedBytes += length
      return
    }
    const header = this.#header
    if (parseIpv4(b, start, length, header) !== null || header.protocol !== PROTOCOL_TCP) return
    const segment = this.#segment
    segment.source = header.source
    segment.destination = header.destination
    const at = start + header.headerLength
    if (parseTcp(b, at, header.totalLength - header.headerLength, true, segment) !== null) return
    this.received++
    this.receivedBytes += header.totalLength
    const c = this.#connections.get(keyOf(segment.destination, segment.destinationPort))
    if (c === undefined) this.stray(segment)
    else c.arrives(segment)
  }
}

const keyOf = (address, port) => (address >>> 0) * 65_536 + port

/** A peer's knowledge of a connection. It answers nothing by itself but the SYN,ACK. */
export class Connection {
  /** SND.NXT of the peer's. */
  seq = 1
  /** The number after all that has come in order or not; null until the handshake is done. */
  next = null
  /** The first number of the stack's text. */
  first = 0
  /** In the header: not scaled. */
  window = 65_535
  reset = false
  /** The stack has said where a reset is taken. */
  answered = false
  /** Told of each segment after the handshake. */
  arrived = () => {}
  #peers

  constructor(peers, source, sourcePort, port) {
    this.#peers = peers
    this.source = source
    this.sourcePort = sourcePort
    this.port = port
  }

  arrives(segment) {
    if (segment.flags & RST) {
      this.reset = true
      return
    }
    if (this.next === null) {
      if (!(segment.flags & SYN)) return
      this.first = (segment.seq + 1) | 0
      this.next = this.first
      this.send(ACK)
      return
    }
    const end = (segment.seq + segment.length + (segment.flags & FIN ? 1 : 0)) | 0
    if (((end - this.next) | 0) > 0) this.next = end
    this.arrived(segment)
  }

  /** By default a segment without text that acknowledges all that has come. */
  send(flags = ACK, fields = {}) {
    const { source, sourcePort, port, seq, next, window } = this
    this.#peers.send({ source, sourcePort, port, seq, ack: next ?? 0, window, flags, ...fields })
  }

  /** Acknowledges what has come, and from now on each segment that comes. */
  takeAll() {
    this.arrived = () => this.send()
    this.send()
  }

  /** By a reset; where it is answered by a challenge (RFC 5961), by one more. */
  endsByReset() {
    this.arrived = ({ ack }) => {
      this.answered = true
      this.send(RST, { seq: ack, ack: 0 })
    }
    this.send(RST, { ack: 0 })
    // The next number is another after text beyond a shut window; an old one draws an answer.
    this.send(ACK, { seq: 0 })
  }

  write(text) {
    this.send(ACK | PSH, { text })
    this.seq = (this.seq + text.length) | 0
  }
}
