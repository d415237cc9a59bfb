import { type Seq, seqAdd } from '../../wire/sequence.ts'
import { ProportionalRateReduction } from '../recovery/prr.ts'
import { ResentRanges } from '../recovery/resent-ranges.ts'
import type { SendReason } from './events.ts'

/**
 * The phase of a sender: all well; reducing its window after an ECN echo; repairing a loss by fast recovery; repairing
 * after a timeout.
 */
export type RecoveryPhase = 'open' | 'reduction' | 'recovery' | 'loss'

/** DupThresh (RFC 5681 §3.2, RFC 6675 §2): duplicate ACKs, or SACKed segments, that tell of a loss. */
export const DUPLICATE_THRESHOLD = 3

/** F-RTO's steps (RFC 5682 §2.1): not on; the first ACK after a timeout is awaited; the second one is. */
export const FRTO_OFF = 0
export const FRTO_FIRST = 1
export const FRTO_SECOND = 2

/** The state of loss recovery of a connection. */
export class Recovery {
  phase: RecoveryPhase = 'open'
  /** RFC 6582's recover, RFC 6675's RecoveryPoint: SND.NXT when it began. */
  point: Seq
  /** Duplicate ACKs in a row. */
  duplicateAcks = 0
  /** The first segment leaves again with the next output, whatever the congestion window, for this reason. */
  front: SendReason | null = null
  /** True when the first partial ACK of this recovery has come (RFC 6582). */
  partialAcked = false
  #prr: ProportionalRateReduction | null = null
  /** The slow start that follows a timeout lasts (RFC 3465 §2.3). */
  afterTimeout = false
  frto: typeof FRTO_OFF | typeof FRTO_FIRST | typeof FRTO_SECOND = FRTO_OFF
  /** New segments that F-RTO may still send while it waits (RFC 5682 §2.1 (2b)). */
  forward = 0
  /** The flight is taken for lost because the window is shut, and nothing was sent again since but the octets of probes. */
  onlyProbed = false
  /** True when there is something that could be undone. */
  undoable = false
  /** SND.NXT when the recovery ended: once more than that is acknowledged no D-SACK of what it has sent can be under way. */
  undoUntil: Seq = 0
  #resentRanges: ResentRanges | null = null
  /** The first that was sent again, and the timestamp on it (RFC 3522's RetransmitTS); meaningful once something was. */
  undoSeq: Seq = 0
  undoStamp = 0
  /** Bytes that may yet leave a third time, or more often; see {@link acknowledged}. */
  again = 0
  /** RFC 6675's RescueRxt: the rescue retransmission of this recovery is spent. */
  rescued = false

  /** @param point what lies below it is nothing to recover */
  constructor(point: Seq) {
    this.point = point
  }

  /** Made when the window is reduced for the first time. */
  get prr(): ProportionalRateReduction {
    this.#prr ??= new ProportionalRateReduction()
    return this.#prr
  }

  /** True when the window is recovery's to reduce (RFC 9937), not the controller's to grow. */
  get reducing(): boolean {
    return this.phase === 'reduction' || this.phase === 'recovery'
  }

  /** From here on there may be something to undo. */
  remember(): void {
    this.undoable = true
    this.onlyProbed = false
    this.#resentRanges?.clear()
  }

  /** There is nothing left to undo, or it is too late. */
  forget(): void {
    this.undoable = false
    this.#resentRanges = null
  }

  /** The ranges sent again since {@link remember}, as far as that could be undone. */
  get resentRanges(): ResentRanges {
    this.#resentRanges ??= new ResentRanges()
    return this.#resentRanges
  }

  /**
   * An ACK has delivered so many bytes; `progress`: it has moved SND.UNA. Twice as many may leave a third time, as slow
   * start needs them. Without this bound a peer could have us lose, and send, the same text for ever by SACKing one
   * retransmission of many.
   */
  acknowledged(delivered: number, progress: boolean): void {
    this.again += 2 * delivered
    if (!progress) return
    this.duplicateAcks = 0
    this.front = null
  }

  /** `bytes` leave, whether again or for the first time. */
  sent(bytes: number): void {
    if (this.reducing) this.prr.out += bytes
  }

  /** `bytes` from `seq` on leave again, with the timestamp `stamp`; `before`: not for the first time. */
  resent(seq: Seq, bytes: number, stamp: number, before: boolean): void {
    this.sent(bytes)
    if (before) this.again = Math.max(0, this.again - bytes)
    if (bytes > 1) this.onlyProbed = false
    if (!this.undoable) return
    const ranges = this.resentRanges
    if (!ranges.any) {
      this.undoSeq = seq
      this.undoStamp = stamp
    }
    ranges.add(seq, seqAdd(seq, bytes))
  }
}

/** Shared by all connections that have seen no sign of a loss. Nothing ever changes it. */
export const NO_RECOVERY: Readonly<Recovery> = new Recovery(0)
