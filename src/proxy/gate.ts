/**
 * Holds a SYN back at the far host until the target has been connected: a target that refuses is a SYN that is refused,
 * as on a network, not a connection that dies. A SYN that is sent again while the target is being connected is lost.
 */

import { portsOf } from '../ip/flow.ts'
import { batchOf, PacketBatch } from '../wire/batch.ts'
import { read16, read32, write16 } from '../wire/bytes.ts'
import { checksum } from '../wire/checksum.ts'
import { Dissection, tcpHeaderLength } from '../wire/dissect.ts'
import { UNREACHABLE } from '../wire/icmp.ts'
import { icmpPacket } from '../wire/icmp-message.ts'
import { writeIp } from '../wire/ip.ts'
import { IPV4_HEADER } from '../wire/ipv4.ts'
import { PROTOCOL_TCP } from '../wire/protocol.ts'
import { pseudoHeaderSum } from '../wire/pseudo-header.ts'
import { ACK, RST, SYN, TCP_CHECKSUM, TCP_HEADER, writeTcp } from '../wire/tcp.ts'

const TTL = 64
/** RFC 792: code of destination unreachable. */
const HOST_UNREACHABLE = 1

/** The reason why a target is not connected. */
export type Refusal = 'refused' | 'unreachable' | 'silent'

/** One attempt to connect, of which a SYN waits. */
export interface Knock {
  /** The target is connected: the SYN is answered. */
  open(): void
  /** It is not: the SYN is answered by a reset or an ICMP error, or by nothing. The next SYN knocks again. */
  refuse(why: Refusal): void
}

/** The part of the far host that the gate needs. */
export interface GateContext {
  /** Takes packets in. */
  readonly deliver: (batch: PacketBatch) => void
  /** Sends a packet back to the near host, on the way of the connection with these ports ({@link portsOf}). */
  readonly answer: (packet: Uint8Array, ports: number) => void
}

interface Attempt {
  readonly knock: (knock: Knock) => void
  /** A SYN waits. */
  waits: boolean
  /** The target is connected, and SYNs pass. */
  open: boolean
}

export class Gate {
  readonly #context: GateContext
  readonly #attempts = new Map<number, Attempt>()
  readonly #look = new Dissection()

  constructor(context: GateContext) {
    this.#context = context
  }

  /** A SYN between these ports is to knock. */
  expect(nearPort: number, farPort: number, knock: (knock: Knock) => void): void {
    this.#attempts.set(portsOf(nearPort, farPort), { knock, waits: false, open: false })
  }

  /** The connection is there, or nobody wants it any more. */
  forget(nearPort: number, farPort: number): void {
    this.#attempts.delete(portsOf(nearPort, farPort))
  }

  /** Packets for the far host: those that must wait are held back, the others delivered. */
  enter(batch: PacketBatch): void {
    if (this.#attempts.size === 0) {
      this.#context.deliver(batch)
      return
    }
    let passed: PacketBatch | null = null
    for (let i = 0; i < batch.count; i++) {
      const held = this.#holds(batch, i)
      // Batches without a SYN to hold, nearly all of them, are delivered as they are.
      if (held && passed === null) {
        passed = new PacketBatch(batch.count, false)
        for (let n = 0; n < i; n++) copyTo(passed, batch, n)
      } else if (!held && passed !== null) copyTo(passed, batch, i)
    }
    if (passed === null) this.#context.deliver(batch)
    else if (passed.count > 0) this.#context.deliver(passed)
  }

  /** Returns whether the packet is a SYN that has to wait, or that is lost as another one waits. */
  #holds(batch: PacketBatch, i: number): boolean {
    const b = batch.buffers[i]!
    const start = batch.starts[i]!
    const look = this.#look.read(b, start, batch.lengths[i]!)
    if (look.unreadable !== null || look.protocol !== PROTOCOL_TCP) return false
    const tcp = look.payload
    if (tcp + TCP_HEADER > start + batch.lengths[i]!) return false
    if ((b[tcp + 13]! & (SYN | ACK | RST)) !== SYN) return false
    const attempt = this.#attempts.get(portsOf(read16(b, tcp), read16(b, tcp + 2)))
    if (attempt === undefined || attempt.open) return false
    if (!attempt.waits) this.#knock(attempt, packetOf(batch, i), batch.checksums[i]!, tcp - start)
    return true
  }

  #knock(attempt: Attempt, syn: Uint8Array, sum: number, tcp: number): void {
    const ports = portsOf(read16(syn, tcp), read16(syn, tcp + 2))
    let answered = false
    const once = (then: () => void) => () => {
      if (answered) return
      answered = true
      attempt.waits = false
      then()
    }
    attempt.waits = true
    attempt.knock({
      open: once(() => {
        attempt.open = true
        this.#context.deliver(batchOf(syn, sum))
      }),
      refuse: why =>
        once(() => {
          if (why !== 'silent')
            this.#context.answer(why === 'refused' ? resetFor(syn, tcp) : unreachableFor(syn), ports)
        })(),
    })
  }
}

/** Adds packet `i` of `from`, whose memory stays its filler's. */
export const copyTo = (to: PacketBatch, from: PacketBatch, i: number): void => {
  for (let n = from.firstPiece(i); n < from.pieceEnds[i]!; n++)
    to.addPiece(from.pieces[n]!, from.pieceStarts[n]!, from.pieceLengths[n]!)
  to.push(from.buffers[i]!, from.starts[i]!, from.lengths[i]!, from.checksums[i]!, from.segmentSizes[i]!)
}

const packetOf = (batch: PacketBatch, i: number): Uint8Array => {
  const packet = new Uint8Array(batch.packetLength(i))
  batch.copy(i, packet)
  return packet
}

/** The reset that a closed port answers a SYN with (RFC 9293 §3.10.7.1). */
const resetFor = (syn: Uint8Array, tcp: number): Uint8Array => {
  const packet = new Uint8Array(IPV4_HEADER + TCP_HEADER)
  const [source, destination] = [read32(syn, 16), read32(syn, 12)]
  writeIp(packet, 0, packet.length, PROTOCOL_TCP, source, destination, TTL, 0)
  const [from, to] = [read16(syn, tcp + 2), read16(syn, tcp)]
  const length = syn.length - tcp - tcpHeaderLength(syn, tcp)
  const ack = (read32(syn, tcp + 4) + length + 1) | 0
  writeTcp(packet, IPV4_HEADER, from, to, 0, ack, TCP_HEADER, RST | ACK, 0, 0)
  const pseudo = pseudoHeaderSum(source, destination, PROTOCOL_TCP, TCP_HEADER)
  write16(packet, IPV4_HEADER + TCP_CHECKSUM, checksum(packet, IPV4_HEADER, TCP_HEADER, pseudo))
  return packet
}

/** The answer of a router that cannot find the host (RFC 1812 §5.2.7.1), in the host's own name. */
const unreachableFor = (syn: Uint8Array): Uint8Array =>
  icmpPacket(read32(syn, 16), read32(syn, 12), UNREACHABLE, HOST_UNREACHABLE, 0, syn, TTL, 0)
