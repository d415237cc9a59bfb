/**
 * Many peers of one host, packet by packet, in virtual time: peers that do what no decent TCP would. Each has a port of its
 * own at an address; a peer hears what is sent to it, acknowledges nothing by itself, and never reads.
 */

import { Host, type HostOptions } from '../../src/host/host.ts'
import type { Listener } from '../../src/host/listener.ts'
import type { Link } from '../../src/ip/link.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import type { ConnectionUser } from '../../src/tcp/block/connection-user.ts'
import type { ConnectionView as Connection } from '../../src/tcp/block/connection-view.ts'
import { setUser } from '../../src/tcp/calls.ts'
import { parseAddress } from '../../src/wire/address.ts'
import { CHECKSUM_VERIFIED, PacketBatch } from '../../src/wire/batch.ts'
import { read16, read32, writeIpv4 } from '../../src/wire/ipv4.ts'
import { ACK, FIN, PSH, RST, SYN, writeTcp } from '../../src/wire/tcp.ts'

const OURS = parseAddress('192.0.2.2') as number
const PORT = 80
const ISS = 1000
const HEADER = 40

/** One of them, and what it knows. */
export interface Peer {
  readonly address: number
  readonly port: number
  /** The number that it sends next. */
  next: number
  /** The number at which our text begins, and the end of what it was sent. */
  first: number
  end: number
  /** A reset that it heard: one at just the number that it expects, or within its window. */
  reset: boolean
  /** Its acknowledgment number, and the window (not scaled) that it offers. */
  acknowledged: number
  window: number
}

class CrowdLink implements Link {
  readonly name = 'crowd'
  readonly mtu = 1500
  readonly offload = { checksum: true, segmentation: false }
  receive: ((batch: PacketBatch) => void) | null = null
  readonly peers = new Map<string, Peer>()
  packets = 0
  bytes = 0

  start(receive: (batch: PacketBatch) => void): void {
    this.receive = receive
  }
  transmit(batch: PacketBatch): void {
    for (let i = 0; i < batch.count; i++) {
      this.packets++
      this.bytes += batch.packetLength(i)
      const b = batch.buffers[i]!
      const at = batch.starts[i]!
      const peer = this.peers.get(`${read32(b, at + 16)}:${read16(b, at + 22)}`)
      if (peer === undefined || b[at + 9] !== 6) continue
      const length = batch.packetLength(i) - 20 - ((b[at + 32]! >>> 4) << 2)
      const seq = read32(b, at + 24)
      const flags = b[at + 33]!
      if (flags & RST) {
        const offset = (seq - peer.acknowledged) | 0
        if (offset === 0 || (offset > 0 && offset < peer.window)) peer.reset = true
        continue
      }
      if (flags & SYN) peer.first = peer.acknowledged = (seq + 1) | 0
      const end = (seq + length + (flags & SYN ? 1 : 0) + (flags & FIN ? 1 : 0)) | 0
      if (flags & SYN || ((end - peer.end) | 0) > 0) peer.end = end
    }
  }
  close(): void {}
}

export class Crowd {
  readonly clock = new VirtualClock()
  readonly host: Host
  readonly listener: Listener
  /** Connections that were accepted, in order. */
  readonly accepted: Connection[] = []
  /** Why connections ended, in order. */
  readonly ended: (string | null)[] = []
  readonly #link = new CrowdLink()
  readonly #batch = new PacketBatch(64, false)
  readonly #text = new Uint8Array(2000).fill(120)

  /** @param serve what is done with each connection that is accepted; by default it is neither read nor written to */
  constructor(options: Partial<HostOptions> = {}, serve: (c: Connection) => void = () => {}) {
    this.host = new Host({
      clock: this.clock,
      random: new SeededRandom(1),
      ...options,
      tcp: { backlog: 65_535, ...options.tcp },
    })
    this.host.attach(this.#link, ['192.0.2.2/24'])
    this.listener = this.host.listen(0, PORT, {
      acceptable: () => {
        for (let c = this.listener.accept(); c !== null; c = this.listener.accept()) {
          setUser(c, this.#user())
          this.accepted.push(c)
          serve(c)
        }
      },
    })
  }

  #user(): ConnectionUser {
    return {
      established() {},
      readable() {},
      writable() {},
      closed: error => {
        this.ended.push(error)
      },
    }
  }

  /** Packets that the host has sent so far, and their bytes. */
  get sent(): { readonly packets: number; readonly bytes: number } {
    const { packets, bytes } = this.#link
    return { packets, bytes }
  }

  /** A peer has completed its handshake: it offers a window of so many bytes. */
  open(n: number, window = 65_535, address = parseAddress('198.18.0.1') as number): Peer {
    const peer = this.knock(n, window, address)
    this.clock.settle()
    this.sends(peer, 0)
    this.deliver()
    return peer
  }

  /** Only its SYN has come, of this sequence number. */
  knock(n: number, window = 65_535, address = parseAddress('198.18.0.1') as number, iss = ISS): Peer {
    const port = 1024 + n
    const peer = { address, port, next: iss, first: 0, end: 0, reset: false, acknowledged: 0, window }
    this.#link.peers.set(`${address}:${port}`, peer)
    this.put(peer, iss, 0, SYN)
    this.deliver()
    peer.next = (iss + 1) | 0
    return peer
  }

  /** It sends so much text, `offset` bytes beyond what it has sent so far in order, with its acknowledgment and its window. */
  sends(peer: Peer, length: number, offset = 0): void {
    this.put(peer, (peer.next + offset) | 0, length, ACK | (length > 0 ? PSH : 0))
    if (offset === 0) peer.next = (peer.next + length) | 0
    if (this.#batch.full) this.deliver()
  }

  /** It acknowledges all that it was sent, or so many bytes more of it. */
  acknowledges(peer: Peer, bytes = (peer.end - peer.acknowledged) | 0): void {
    peer.acknowledged = (peer.acknowledged + bytes) | 0
    this.sends(peer, 0)
  }

  /** It sends its FIN. */
  finishes(peer: Peer): void {
    this.put(peer, peer.next, 0, FIN | ACK)
    peer.next = (peer.next + 1) | 0
    if (this.#batch.full) this.deliver()
  }

  /** All that was sent and not yet delivered arrives. */
  deliver(): void {
    if (this.#batch.count === 0) return
    this.#link.receive!(this.#batch)
    this.#batch.clear()
    this.clock.settle()
  }

  /** A segment of any kind, with so much text; it is delivered with the others. */
  put(peer: Peer, seq: number, length: number, flags: number): void {
    if (this.#batch.full) this.deliver()
    const packet = new Uint8Array(HEADER + (flags & SYN ? 8 : 0) + length)
    const header = flags & SYN ? 28 : 20
    writeIpv4(packet, 0, packet.length, 6, peer.address, OURS, 64, 0, 1)
    writeTcp(
      packet,
      20,
      peer.port,
      PORT,
      seq,
      flags & ACK ? peer.acknowledged : 0,
      header,
      flags,
      peer.window,
      0,
    )
    // MSS 1460; a window scale of 0, so that ours is scaled.
    if (flags & SYN) packet.set([2, 4, 5, 180, 3, 3, 0, 1], HEADER)
    packet.set(this.#text.subarray(0, length), packet.length - length)
    this.#batch.push(packet, 0, packet.length, CHECKSUM_VERIFIED, 0)
  }
}

export const addressOf = (n: number): number => Number(parseAddress(`198.18.${(n >> 8) & 255}.${n & 255}`))
