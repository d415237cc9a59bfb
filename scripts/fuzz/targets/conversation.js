/**
 * SEGMENT ARRIVES on a live connection: the input is read as segments of a peer that knows its numbers, calls of the user,
 * and time; over IPv4 where it is of even length, else over IPv6. Nothing throws, what is held stays within the buffers, and
 * once the user has let go nothing is left.
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

const TCP = { receiveBuffer: BUFFER, sendBuffer: BUFFER, reassemblySegments: PIECES, userTimeout: 20_000 }
/** Inputs that one host serves, each by a connection of its own: to make a host takes longer than most conversations. */
const REUSED = 200
const USER = { established() {}, readable() {}, writable() {}, closed() {} }
/** All is over after so long, ms, whatever the peer has said last. */
const AFTERWARDS = 3_600_000

const raise = error => {
  throw error
}

/** A host of one family, with its link, its listener, and the connection that was accepted last. */
class Place {
  clock = new VirtualClock()
  connection = null
  /** The last segment that it has sent. */
  last = null
  served = 0
  #ours
  #peer
  #ip
  #deliver = () => {}
  /** A peer may open another once the one before has ended. */
  #accepted = []

  constructor(family) {
    this.#ours = OURS[family]
    this.#peer = PEERS[family]
    this.#ip = ipHeaderLength(this.#peer)
    this.host = new Host({ clock: this.clock, random: new SeededRandom('fuzz'), tcp: TCP, report: raise })
    this.host.attach(this, PREFIXES)
    const listener = this.host.listen(parseAddress('::'), PORT, {
      acceptable: () => {
        for (let c = listener.accept(); c !== null; c = listener.accept()) {
          setUser(c, USER)
          this.connection = c
          this.#accepted.push(c)
        }
      },
    })
  }

  name = 'fuzz'
  mtu = 1500
  offload = { checksum: false, segmentation: false }
  start(receiver) {
    this.#deliver = receiver
  }
  transmit(batch) {
    for (let i = 0; i < batch.count; i++) {
      const packet = new Uint8Array(batch.packetLength(i))
      batch.copy(i, packet)
      if (packet[this.#ip === 20 ? 9 : 6] === 6) this.last = packet
    }
  }
  close() {}

  get port() {
    return PEER_PORT + this.served
  }

  arrive(flags, seq, ack, window, options, text, urgent) {
    const ip = this.#ip
    const length = 20 + options.length
    const b = new Uint8Array(ip + length + text)
    writeIp(b, 0, b.length, 6, this.#peer, this.#ours, 64, 0)
    writeTcp(b, ip, this.port, PORT, seq, ack, length, flags, window, urgent)
    b.set(options, ip + 20)
    const batch = new PacketBatch(1, false)
    batch.push(b, 0, b.length, CHECKSUM_VERIFIED, 0)
    this.#deliver(batch)
    segments++
  }

  /** The SEG.SEQ of what it has sent last. */
  get sequence() {
    return this.last === null ? 0 : readNumber(this.last, this.#ip + 4)
  }

  /** The conversation comes to its end, and nothing is left of it. */
  end() {
    for (const c of this.#accepted) call(c, ABORT, null)
    this.#accepted = []
    this.connection = this.last = null
    this.clock.advance(AFTERWARDS)
    const { connections, timers } = this.host
    if (connections.size > 0 || timers > 0)
      throw new Error(`${connections.size} connections and ${timers} timers are left`)
    this.served++
  }
}

let segments = 0
/** Segments that have arrived so far. */
export const steps = () => segments

const places = [null, null]
const placeOf = family => {
  if (places[family] === null || places[family].served === REUSED) places[family] = new Place(family)
  return places[family]
}

export const fuzz = data => {
  const family = data.length % 2
  const place = placeOf(family)
  try {
    converse(place, new Reader(data))
    place.end()
  } catch (error) {
    // The next one begins anew.
    places[family] = null
    throw error
  }
}

const converse = (place, reader) => {
  const { host, clock } = place
  place.arrive(SYN, ISS, 0, 65_535, SYN_OPTIONS, 0, 0)
  const [theirs, first] = [ISS + 1, (place.sequence + 1) | 0]
  place.arrive(ACK, theirs, first, 512, [], 0, 0)
  for (let steps = 0; !reader.ended && steps < 200; steps++) {
    const what = reader.byte()
    const { connection } = place
    if (what < 200) {
      // Near the numbers that count, or anywhere.
      const seq = what < 150 ? theirs + reader.signed16() : reader.uint32()
      const ack = what < 180 ? (first + reader.signed16()) | 0 : reader.uint32()
      const options = Array.from({ length: 4 * (reader.byte() % 11) }, () => reader.byte())
      const [flags, window, text] = [reader.byte(), reader.uint16(), reader.uint16() % 1460]
      place.arrive(flags, seq | 0, ack, window, options, text, reader.byte() === 7 ? 1 : 0)
    } else if (what < 215) clock.run(clock.now() + reader.uint16())
    else if (connection === null) continue
    else call(connection, what, reader)
    if (place.connection === null) continue
    const { receiveQueue, sendQueue } = place.connection
    if ((receiveQueue?.length ?? 0) > BUFFER + SLACK) throw new Error('the receive queue has no bound')
    if ((sendQueue?.length ?? 0) > BUFFER + SLACK) throw new Error('the send queue has no bound')
    if (host.connections.size > 2) throw new Error(`${host.connections.size} connections of one`)
  }
}

const ABORT = 250

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

const readNumber = (b, at) => (b[at] << 24) | (b[at + 1] << 16) | (b[at + 2] << 8) | b[at + 3]
