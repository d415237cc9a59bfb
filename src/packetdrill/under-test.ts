/** A socket as its script sees it: its four numbers, and where its sequence numbers and timestamps begin. */
import type { Address } from '../wire/address.ts'

/** Timestamps that are remembered for echoes. */
const REMEMBERED = 65_536

export class UnderTest {
  /** The descriptor in the host, or null before accept(2) has given one. */
  fd: number | null
  readonly localAddress: Address
  readonly remoteAddress: Address
  /** 0: not known yet. */
  localPort: number
  remotePort: number
  listening = false
  /** By a connect(2) to AF_UNSPEC. */
  disconnected = false
  /** The first sequence number of each side, in the script and on the wire; null before its SYN. */
  scriptLocalIsn = 0
  localIsn: number | null = null
  remoteIsn: number | null = null
  /** TSval of outbound packets: the script's and the wire's. */
  readonly #timestamps = new Map<number, number>()
  firstTimestamp: { readonly script: number; readonly live: number } | null = null

  constructor(
    fd: number | null,
    localAddress: Address,
    localPort: number,
    remoteAddress: Address,
    remotePort: number,
  ) {
    this.fd = fd
    this.localAddress = localAddress
    this.localPort = localPort
    this.remoteAddress = remoteAddress
    this.remotePort = remotePort
  }

  sawTimestamp(script: number, live: number): void {
    this.firstTimestamp ??= { script, live }
    if (this.#timestamps.size < REMEMBERED) this.#timestamps.set(script, live)
  }

  /** The timestamp on the wire for one of ours that the script has echoed, or null. */
  echo(script: number, scaled: boolean): number | null {
    const seen = this.#timestamps.get(script)
    if (seen !== undefined && !scaled) return seen
    const first = this.firstTimestamp
    if (!scaled || first === null) return null
    return (first.live + (script - first.script)) >>> 0
  }

  /** A sequence number of ours on the wire as the script writes it. */
  scriptLocal(live: number, syn: boolean): number {
    return (live - (this.localIsn ?? 0) + (syn ? this.scriptLocalIsn : 0)) >>> 0
  }

  /** And the other way round. */
  liveLocal(script: number, syn: boolean): number {
    return (script + (this.localIsn ?? 0) - (syn ? this.scriptLocalIsn : 0)) | 0
  }

  /** The peer's numbers are the script's own on SYNs, and count from its SYN everywhere else. */
  scriptRemote(live: number, syn: boolean): number {
    return (live - (syn ? 0 : (this.remoteIsn ?? 0))) >>> 0
  }

  liveRemote(script: number, syn: boolean): number {
    return (script + (syn ? 0 : (this.remoteIsn ?? 0))) | 0
  }
}
