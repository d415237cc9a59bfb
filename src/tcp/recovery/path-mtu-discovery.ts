/**
 * Path MTU discovery of a connection: what routers say (RFC 1191), not believing all of it (RFC 5927 §7.2), and finding
 * out by oneself where they are silent (RFC 4821). Sizes are bytes of IP packets.
 */
import type { DropReason } from '../../wire/drop.ts'
import { type Seq, seqAdd, seqDiff, seqGeq, seqGt, seqLt } from '../../wire/sequence.ts'
import { TCP_HEADER } from '../../wire/tcp.ts'
import type { Connection } from '../block/connection.ts'
import type { PathMtuCause } from '../block/events.ts'
import { PathMtu } from '../block/path-mtu-state.ts'
import { sendSyn } from '../send/emit.ts'
import { advertiseMss, computeMss, fullHeaders, passingOptions } from '../send/mss.ts'
import { sendNew } from '../send/transmit.ts'
import { loseFront } from './front.ts'
import { armTimeout } from './retransmit-timer.ts'

/** RFC 1191 §7.1: what links carry; for routers that don't tell. */
const PLATEAUS = [65_535, 32_000, 17_914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68]

/** Search ends when it is as near as this, as Linux. */
const NEAR_ENOUGH = 8

/** Before larger packets are looked for again, ms (RFC 4821 §7.3: ten minutes). */
const SEARCH_AGAIN = 600_000

/** The SYNs have told what the peer takes: the send MSS begins with what is known of the path. */
export const beginPathMtu = (c: Connection): void => {
  const size = unknownPath(c)
  if (c.pathMtu.shared) c.pathMtu = PathMtu.unknown(size, c.env.pathMtuVersion)
  else c.pathMtu.size = size
  refresh(c)
  if (c.options.mtuProbing === 'on') beginSearch(c, Math.min(baseMtu(c), c.pathMtu.size), 'search')
  computeMss(c)
}

/**
 * The size for a path of which nothing is known: the link's; without discovery and through routers, that of every host
 * (RFC 1122 §3.3.3).
 */
const unknownPath = (c: Connection): number => {
  const { mtu, onLink, family } = c.env.route(c)
  return c.options.pathMtuDiscovery || onLink ? mtu : Math.min(mtu, family.safeMtu)
}

/** The size at which a search begins: one that every link carries at least. */
const baseMtu = (c: Connection): number => Math.max(c.options.baseMtu, c.env.route(c).family.leastMtu)

/** Takes in what the host has learned since, of this path too (RFC 1191 §6.2). */
export const refreshPathMtu = (c: Connection): void => {
  const { pathMtu } = c
  if (pathMtu.version === c.env.pathMtuVersion && c.env.now < pathMtu.until) return
  refresh(c)
  computeMss(c)
}

const refresh = (c: Connection): void => {
  const { env } = c
  const known = env.knownPath(c)
  if (known === null && c.pathMtu.shared) {
    c.pathMtu = PathMtu.unknown(c.pathMtu.size, env.pathMtuVersion)
    return
  }
  const pathMtu = c.ownPath()
  pathMtu.version = env.pathMtuVersion
  if (known === null) {
    // Forgotten: larger packets may pass again, and if not a router says so (RFC 1191 §6.3).
    if (pathMtu.until !== Number.POSITIVE_INFINITY && !pathMtu.searching) change(c, unknownPath(c), 'aged')
    pathMtu.until = Number.POSITIVE_INFINITY
    pathMtu.fragment = false
    return
  }
  pathMtu.until = known.until
  pathMtu.fragment = known.fragment
  pathMtu.low = Math.min(pathMtu.low, known.mtu)
  pathMtu.high = Math.min(pathMtu.high, known.mtu)
  if (known.mtu >= pathMtu.size) return
  // Sizes that passed on another path say nothing of this one.
  c.snd.largestAcked = Math.min(c.snd.largestAcked, known.mtu)
  change(c, known.mtu, 'learned')
}

const change = (c: Connection, size: number, cause: PathMtuCause): void => {
  const from = c.pathMtu.size
  if (from === size) return
  const pathMtu = c.ownPath()
  pathMtu.size = size
  pathMtu.changedAt = c.env.now
  c.env.trace?.({ type: 'path-mtu', time: c.env.now, connection: c, from, to: size, cause })
}

/** The next lower size that links have, for a router that does not say (RFC 1191 §5, §7). */
const plateauBelow = (size: number): number => PLATEAUS.find(plateau => plateau < size) ?? PLATEAUS.at(-1)!

/**
 * A router says that a packet of `quotedLength` bytes, which carried sequence number `seq`, was too big for a link of
 * `nextHop` bytes (0 when it does not say). Returns why that is ignored, or null.
 */
export const tooBig = (c: Connection, nextHop: number, quotedLength: number, seq: Seq): DropReason | null => {
  const { pathMtu, snd } = c
  // RFC 5927 §4.1: what it quotes must be in flight.
  if (!(seqGeq(seq, snd.una) && seqLt(seq, snd.nxt))) return 'icmp-sequence'
  if (pathMtu.probeSize > 0 && seq === pathMtu.probeSeq && (nextHop === 0 || nextHop >= pathMtu.size))
    return probeTooBig(c, nextHop)
  // Before the handshake is over the path is known from elsewhere only.
  if (c.state === 'SYN_SENT') c.ownPath().size = Math.min(unknownPath(c), c.env.knownPath(c)?.mtu ?? 0xffff)
  const { size } = c.pathMtu
  // RFC 5927 §7.2: nothing as large as a router could complain of was sent. (A SYN is smaller than any link's packets.)
  const sent = snd.largestSent > 0 ? snd.largestSent + fullHeaders(c) : 0
  const claim = nextHop === 0 ? plateauBelow(Math.min(quotedLength, size, sent)) : nextHop
  // RFC 1191 §3: never below 68, and no router makes it larger.
  if (claim < c.env.route(c).family.leastMtu || claim >= sent || claim > size) return 'icmp-mtu'
  if (claim === size && !isOversized(c, seq)) return 'icmp-mtu'
  if (c.synchronized && claim < snd.largestAcked) {
    doubt(c, claim, seq)
    return null
  }
  believe(c, claim)
  if (c.state === 'SYN_SENT') resendSyn(c)
  else resendOversized(c, seq)
  return null
}

/** A SYN with text was too large: the plain one is not, and need not wait (RFC 7413 §4.2.2). */
const resendSyn = (c: Connection): void => {
  if (c.options.offersPathMss) advertiseMss(c)
  sendSyn(c, 'SYN retransmission')
  armTimeout(c)
}

/**
 * RFC 5927 §7.2: packets of such a size have passed. The segment that the claim quotes shall time out first; the
 * earliest of them is the one that will.
 */
const doubt = (c: Connection, claim: number, seq: Seq): void => {
  const pathMtu = c.ownPath()
  if (pathMtu.claimed > 0 && seqGt(seq, pathMtu.claimedSeq)) return
  if (pathMtu.claimed === 0 || seq !== pathMtu.claimedSeq || claim < pathMtu.claimed) pathMtu.claimed = claim
  pathMtu.claimedSeq = seq
}

/** Returns whether what carried `seq` left before we knew how large it may be: another connection has heard of it first. */
const isOversized = (c: Connection, seq: Seq): boolean => {
  const t = c.flight.find(seq)
  return t?.underWay === true && t.length > c.snd.mss && t.sentAt <= c.pathMtu.changedAt
}

/** The claim is believed, and the host remembers it for all connections that go there. */
const believe = (c: Connection, claim: number): void => {
  const { snd } = c
  const pathMtu = c.ownPath()
  const size = Math.max(claim, Math.min(c.options.minPathMtu, pathMtu.size))
  pathMtu.claimed = 0
  snd.largestAcked = Math.min(snd.largestAcked, size)
  snd.largestSent = 0
  pathMtu.probeSize = 0
  change(c, size, 'ICMP')
  // Too small to be taken at its word, or a trick (RFC 5927 §7): then routers shall fragment.
  c.env.learnPathMtu(c, size, claim < size)
  refresh(c)
  computeMss(c)
}

/**
 * Sends everything that was too big again in smaller pieces, the first at once, the rest when ACKs come again; the
 * congestion window has nothing to do with it (RFC 1191 §6.4). All that is in flight is looked at only once as much has left
 * as there is to look at, or a router that makes the path narrower byte by byte would have us do nothing else. Sooner it is
 * the packet quoted, at `seq`, alone: each of the others draws a complaint of its own.
 */
const resendOversized = (c: Connection, seq: Seq): void => {
  const { flight, snd } = c
  const pathMtu = c.ownPath()
  const left = c.traffic.segmentsOut
  if (left - pathMtu.reviewedAt < flight.size) {
    const quoted = flight.find(seq)
    if (quoted !== null && quoted.length > snd.mss) flight.markLost(quoted, false)
    if (quoted === flight.first) loseFront(c, 'smaller')
    else c.wake()
    return
  }
  pathMtu.reviewedAt = left
  const before = flight.lost
  for (let t = flight.first; t !== null; t = t.next) if (t.length > snd.mss) flight.markLost(t, false)
  if (flight.lost === before) return
  loseFront(c, 'smaller')
  pathMtu.waiting = !c.options.resendsAllTooLarge
}

/** An ACK has moved SND.UNA. `segment` bytes of text went in the largest segment that it covers. */
export const pathAcknowledged = (c: Connection, segment: number): void => {
  const { pathMtu, snd } = c
  if (pathMtu.waiting) pathMtu.waiting = false
  const size = segment + fullHeaders(c)
  if (segment > 0 && size > snd.largestAcked) snd.largestAcked = size
  // The packet quoted has arrived: the claim was made up (RFC 5927 §7.2).
  if (pathMtu.claimed > 0 && seqGt(snd.una, pathMtu.claimedSeq)) pathMtu.claimed = 0
  if (pathMtu.probeSize === 0 || !seqGeq(snd.una, pathMtu.probeEnd)) return
  // RFC 4821 §7.6.1: the probe has passed. The congestion window stays as many bytes.
  const { probeSize } = pathMtu
  pathMtu.probeSize = 0
  pathMtu.low = probeSize
  snd.largestAcked = Math.max(snd.largestAcked, probeSize)
  change(c, probeSize, 'probe')
  computeMss(c)
  endIfFound(c)
}

// Searching by oneself, RFC 4821 §7

/** The largest packet that the link and the peer take, and routers if they have said anything of late (RFC 1191 §3). */
const largest = (c: Connection): number =>
  Math.min(
    c.env.route(c).mtu,
    c.peerMss + c.env.route(c).family.header + TCP_HEADER,
    c.env.knownPath(c)?.mtu ?? Number.POSITIVE_INFINITY,
  )

const beginSearch = (c: Connection, low: number, cause: PathMtuCause): void => {
  const pathMtu = c.ownPath()
  pathMtu.searching = true
  pathMtu.low = low
  pathMtu.high = largest(c)
  pathMtu.probeAt = c.env.now
  change(c, low, cause)
}

const endIfFound = (c: Connection): void => {
  const { pathMtu } = c
  if (pathMtu.high - pathMtu.low >= NEAR_ENOUGH) return
  pathMtu.probeAt = c.env.now + SEARCH_AGAIN
}

/**
 * §7.4, §7.5: sends a probe with the next text if one is due, and the text and the windows suffice for it and for three
 * segments more that tell of its loss. `offered`: what the peer's window takes, `room`: what the congestion window leaves.
 * Returns whether other text has to wait: the probe has left, or will when the next ACK has made room for it.
 */
export const sendPathProbe = (c: Connection, pending: number, offered: number, room: number): boolean => {
  const { pathMtu, snd, flight, recovery } = c
  if (!pathMtu.searching || c.env.now < pathMtu.probeAt || pathMtu.probeSize > 0) return false
  if (recovery.phase !== 'open' || flight.lost > 0 || flight.sacked > 0 || recovery.duplicateAcks > 0)
    return false
  // It was found some time ago, or could not be found: perhaps the path is another by now.
  if (pathMtu.high - pathMtu.low < NEAR_ENOUGH) pathMtu.high = largest(c)
  if (pathMtu.high - pathMtu.low < NEAR_ENOUGH) return false
  const size = Math.ceil((pathMtu.low + pathMtu.high) / 2)
  // SACK blocks take their place in the packet too (RFC 6691 §2).
  const length = size - fullHeaders(c) - passingOptions(c)
  if (Math.min(pending, offered, c.congestion.cwnd) < length + 3 * snd.mss) return false
  if (room < length) return flight.underWay > 0
  pathMtu.probeSize = size
  pathMtu.probeSeq = snd.nxt
  pathMtu.probeEnd = seqAdd(snd.nxt, length)
  sendNew(c, length, 'path MTU probe', false, true, true)
  return true
}

/**
 * Losses were found: whether all there is to them is the probe. Then the size is the reason, not the network's load (RFC
 * 4821 §7.6.2): what it carried goes again in smaller pieces, and the next probe waits for so many round trips as there are
 * segments in the window, which is longer than between losses.
 */
export const onlyProbeLost = (c: Connection): boolean => {
  const { pathMtu, flight } = c
  if (pathMtu.probeSize === 0) return false
  const { probeSeq, probeEnd } = pathMtu
  if (flight.lost !== seqDiff(probeEnd, probeSeq)) return false
  let bytes = 0
  for (let t = flight.nextLost; t?.waits && seqGeq(t.seq, probeSeq) && seqLt(t.seq, probeEnd); t = t.next)
    bytes += t.length
  if (bytes !== flight.lost) return false
  probeFailed(c, pathMtu.probeSize - 1)
  return true
}

/** Packets larger than `high` don't pass. `times`: how many of §7.6.2's intervals the next probe waits. */
const probeFailed = (c: Connection, high: number, times = 1): void => {
  const { pathMtu } = c
  pathMtu.high = high
  pathMtu.probeSize = 0
  pathMtu.probeAt = c.env.now + times * Math.max(1, c.congestion.cwnd / c.snd.mss) * Math.max(1, c.rto.srtt)
  endIfFound(c)
}

/** A router says so of a probe, before its loss is noticed: so much is known of larger sizes (§7.6.2). */
const probeTooBig = (c: Connection, nextHop: number): DropReason | null => {
  const { pathMtu, flight } = c
  if (nextHop >= pathMtu.probeSize) return 'icmp-mtu'
  for (let t = flight.find(pathMtu.probeSeq); t !== null && seqLt(t.seq, pathMtu.probeEnd); t = t.next)
    if (seqGeq(t.seq, pathMtu.probeSeq)) flight.markLost(t, false)
  probeFailed(c, nextHop === 0 ? pathMtu.probeSize - 1 : nextHop)
  c.wake()
  return null
}

/** A timeout: the claim that was doubted may be true after all; and if it goes on, large packets may vanish (§7.7). */
export const pathTimedOut = (c: Connection): void => {
  const { options, snd } = c
  // Segments that go again now shall not be too large once more.
  refreshPathMtu(c)
  const { pathMtu } = c
  if (pathMtu.waiting) pathMtu.waiting = false
  if (pathMtu.probeSize > 0) {
    // §7.6.3: the probe is first and has cost a timeout; §7.6.4: something before it is lost, which says nothing of it.
    if (pathMtu.probeSeq === snd.una) probeFailed(c, pathMtu.probeSize - 1, 5)
    else pathMtu.probeSize = 0
  }
  if (pathMtu.claimed > 0 && seqDiff(pathMtu.claimedSeq, snd.una) < snd.mss) {
    // The timeout sends the segment again itself.
    believe(c, pathMtu.claimed)
    return
  }
  if (options.mtuProbing === 'off' || c.retries < options.softRetries) return
  const size =
    pathMtu.size > baseMtu(c)
      ? baseMtu(c)
      : Math.max(options.minPathMtu, c.env.route(c).family.leastMtu, pathMtu.size >> 1)
  // A segment that is small enough as it is has another reason to be lost.
  if (size >= pathMtu.size || c.flight.first === null || c.flight.first.length + fullHeaders(c) <= size)
    return
  beginSearch(c, size, 'black hole')
  computeMss(c)
}
