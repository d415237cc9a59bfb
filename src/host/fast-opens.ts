import type { Interfaces } from '../ip/interfaces.ts'
import type { Connection } from '../tcp/block/connection.ts'
import type { TcpOptions } from '../tcp/block/options.ts'
import { FastOpen } from '../tcp/send/fast-open.ts'
import { namedMss } from '../tcp/send/mss.ts'
import type { Address } from '../wire/address.ts'
import { copyOf } from '../wire/bytes.ts'
import type { Segment } from '../wire/tcp.ts'
import { FastOpenCache } from './fast-open-cache.ts'
import { FastOpenCookies, PendingFastOpens } from './fast-open-cookies.ts'
import type { Listener } from './listener.ts'
import type { Secret } from './secret.ts'

const LARGEST_MSS = 1460

const ASK = new Uint8Array(0)

/** Fast open (RFC 7413) for a host, as a client and as a server. */
export class FastOpens {
  readonly cache: FastOpenCache
  readonly cookies: FastOpenCookies

  constructor(secret: Secret, options: Readonly<TcpOptions>) {
    this.cache = new FastOpenCache(options.fastOpenCache, options.fastOpenBackOff)
    this.cookies = new FastOpenCookies(secret, options.fastOpenKeyLifetime)
  }

  /** Returns whether a SYN to this address would carry text. */
  knows(host: { readonly interfaces: Interfaces }, remote: Address): boolean {
    const local = host.interfaces.sourceFor(remote)
    return local !== null && (this.cache.server(local, remote)?.cookie.length ?? 0) > 0
  }

  /** As a client: the option of our SYN, or null when it is to be a plain one. */
  client(c: Connection, now: number): FastOpen | null {
    const { options, localAddress, remoteAddress, remotePort } = c
    if (!options.fastOpen) return null
    if (!this.cache.mayTry(localAddress, remoteAddress, remotePort, now)) return null
    const server = this.cache.server(localAddress, remoteAddress)
    const known = server !== null && server.cookie.length > 0
    if (options.fastOpenUnasked && !known) return new FastOpen(null, server?.mss ?? LARGEST_MSS, false)
    const f = known
      ? new FastOpen(server.cookie, Math.min(server.mss, LARGEST_MSS), false)
      : new FastOpen(ASK, c.env.route(c).family.defaultMss, false)
    f.experiment = server?.experiment ?? false
    return f
  }

  /**
   * As a client: the SYN,ACK has come. A cookie on it is for the next time. Failed has a SYN that had to be sent again
   * without, unless its text has arrived after all; text that was not taken, and no other cookie given; and the question
   * for a cookie that was not answered (§4.1.3.1, §4.2.1).
   */
  answered(c: Connection, segment: Segment, delivered: boolean, now: number): void {
    const f = c.fastOpen!
    if (!f.asked && f.text === 0) return
    const { localAddress, remoteAddress, remotePort } = c
    const server = this.cache.server(localAddress, remoteAddress)
    const mss = namedMss(c.env, c, segment)
    // A cookie that was not asked for is none.
    const given = f.asked && segment.fastOpen > 0
    if (given) {
      const { buffer, fastOpenAt, fastOpen, fastOpenExperiment } = segment
      this.cache.learn(localAddress, remoteAddress, {
        cookie: copyOf(buffer, fastOpenAt, fastOpenAt + fastOpen),
        mss,
        experiment: fastOpenExperiment,
        tried: true,
      })
    } else if (server !== null) {
      this.cache.learn(localAddress, remoteAddress, {
        ...server,
        ...nextQuestion(c, server.tried ?? false),
        mss,
      })
    } else if (!f.asked || c.options.fastOpenExperiment) {
      this.cache.learn(localAddress, remoteAddress, { cookie: ASK, mss, ...nextQuestion(c, false) })
    }
    if (given || delivered) this.cache.succeeded(localAddress, remoteAddress, remotePort)
    else if (c.troubles.synRetransmissions === 0 && (f.text > 0 || f.cookie?.length === 0))
      this.cache.failed(localAddress, remoteAddress, remotePort, now)
  }

  /** As a client: our SYN has to be sent again, or has met an error. */
  failed(c: Connection, now: number): void {
    const f = c.fastOpen
    if (f === null || !f.asked || f.failed) return
    f.failed = true
    this.cache.failed(c.localAddress, c.remoteAddress, c.remotePort, now)
  }

  /**
   * As a server, of a SYN with the option: whether its text may be taken, and which cookie is to go back. Null when the
   * listener does without, now or always: the option is ignored (§4.2).
   */
  server(listener: Listener, syn: Segment, now: number): FastOpen | null {
    const { options } = listener
    if (!options.fastOpen || (syn.fastOpen < 0 && (options.fastOpenCookies || syn.length === 0))) return null
    if (listener.fastOpens.count(now) >= options.fastOpenPending) return null
    if (!options.fastOpenCookies && syn.length > 0) return opening(new FastOpen(null, 0, true), listener)
    const { source, destination, buffer, fastOpenAt, fastOpen } = syn
    const cookie = buffer.subarray(fastOpenAt, fastOpenAt + fastOpen)
    const cookies = listener.fastOpenCookies ?? this.cookies
    const verdict = fastOpen === 0 ? null : cookies.check(source, destination, cookie, now)
    const answer = verdict === 'current' ? null : cookies.make(source, destination, now)
    const f = new FastOpen(answer, 0, verdict !== null && (syn.length > 0 || options.fastOpenEmpty))
    f.experiment = syn.fastOpenExperiment
    return f.opened ? opening(f, listener) : f
  }

  /** As a server: the handshake is complete, or the connection gone (`reset`: by the peer). */
  settled(c: Connection, reset: boolean, now: number): void {
    const pending = c.fastOpen?.pending
    if (!(pending instanceof PendingFastOpens)) return
    c.fastOpen!.pending = null
    pending.end(reset, now)
  }
}

/** Decides the next question to a server that was asked for a cookie and gave none: by the experiment, but once only. */
const nextQuestion = (c: Connection, tried: boolean): { experiment: boolean; tried: boolean } => {
  const f = c.fastOpen!
  const unanswered = f.asked && f.cookie?.length === 0 && c.troubles.synRetransmissions === 0
  if (!unanswered || !c.options.fastOpenExperiment) return { experiment: f.experiment, tried }
  return { experiment: !tried, tried: true }
}

/** Counts it as pending. */
const opening = (f: FastOpen, listener: Listener): FastOpen => {
  listener.fastOpens.begin()
  f.pending = listener.fastOpens
  return f
}
