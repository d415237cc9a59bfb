/** The events of a viewer: the stream of a host, with the bytes of headers in place of packets that are gone. */
import type { Cause, PathMtuCause, RecoveryCause, SendReason, TimerKind } from '../../tcp/block/events.ts'
import type { RecoveryPhase } from '../../tcp/block/recovery-state.ts'
import type { State, StateEvent } from '../../tcp/state.ts'
import type { Address } from '../../wire/address.ts'
import type { DropReason } from '../../wire/drop.ts'

/** The two ends of a connection as its owner sees them; a listener has the remote port 0. */
export interface Ends {
  readonly localAddress: Address
  readonly localPort: number
  readonly remoteAddress: Address
  readonly remotePort: number
  /** True when the owner opened it. */
  readonly active: boolean
}

/** A sender's figures as one of its segments leaves. Sizes in bytes, times in ms. */
export interface Sample {
  readonly cwnd: number
  readonly ssthresh: number
  /** -1 before the first measurement. */
  readonly srtt: number
  readonly rto: number
  readonly inFlight: number
  /** The peer's window. */
  readonly sendWindow: number
  readonly sendQueue: number
  readonly receiveQueue: number
}

interface Told {
  /** Milliseconds on the clock of the host. */
  readonly time: number
  /** The number of the host that tells of it. */
  readonly host: number
}

/** A packet that has come from the link or goes to it. */
export interface ViewPacket extends Told {
  readonly kind: 'packet'
  readonly direction: 'in' | 'out'
  readonly link: string
  /** Bytes of the whole packet. */
  readonly length: number
  /** Its beginning: all headers, unless there are more options than TCP has room for. */
  readonly bytes: Uint8Array
  /** The purpose of a segment of ours; '' for packets that come. */
  readonly reason: SendReason | ''
  readonly sample: Sample | null
}

/** A packet that the path to or from the host has lost. */
export interface ViewLoss extends Told {
  readonly kind: 'loss'
  readonly direction: 'in' | 'out'
  readonly length: number
  readonly bytes: Uint8Array
  /** The fate of it, such as 'lost: random'. */
  readonly fate: string
}

export interface ViewTransition extends Told {
  readonly kind: 'transition'
  readonly ends: Ends
  readonly from: State
  readonly to: State
  readonly event: StateEvent
  readonly section: string
  readonly cause: Cause
}

export interface ViewTimer extends Told {
  readonly kind: 'timer'
  readonly ends: Ends
  readonly timer: TimerKind
  readonly action: 'armed' | 'fired' | 'stopped'
  /** The time at which it is due; 0 unless armed. */
  readonly at: number
}

/** The packet that came last was not used. */
export interface ViewDrop extends Told {
  readonly kind: 'drop'
  readonly reason: DropReason
}

export interface ViewRecovery extends Told {
  readonly kind: 'recovery'
  readonly ends: Ends
  readonly phase: RecoveryPhase
  readonly cause: RecoveryCause
  readonly undone: boolean
  readonly cwnd: number
  readonly ssthresh: number
  readonly lost: number
}

export interface ViewPathMtu extends Told {
  readonly kind: 'path-mtu'
  readonly ends: Ends
  readonly from: number
  readonly to: number
  readonly cause: PathMtuCause
}

/** Other events of a connection, in words: soft errors, SYN cookies, the peer's user timeout. */
export interface ViewNote extends Told {
  readonly kind: 'note'
  readonly ends: Ends
  readonly text: string
}

export type ViewEvent =
  | ViewPacket
  | ViewLoss
  | ViewTransition
  | ViewTimer
  | ViewDrop
  | ViewRecovery
  | ViewPathMtu
  | ViewNote
