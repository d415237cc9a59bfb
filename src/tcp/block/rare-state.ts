import type { Pacing } from '../congestion/pacing.ts'
import type { SackBlocks } from '../queues/sack-blocks.ts'
import type { FastOpen } from '../send/fast-open.ts'
import { type Ecn, NO_ECN } from './ecn.ts'
import type { ErrorCode } from './error.ts'
import { Flags } from './packed-flags.ts'
import { NO_RECOVERY, type Recovery } from './recovery-state.ts'
import { NO_PROBE, TailLossProbe } from './tail-loss-probe-state.ts'
import { NO_TIMER, type Timer } from './timer.ts'
import { NO_TROUBLES, TroubleCounters } from './trouble-counters.ts'

/** State that few connections have. */
class RareState {
  error: ErrorCode | null = null
  ecn: Readonly<Ecn> = NO_ECN
  fastOpen: FastOpen | null = null
  sackBlocks: SackBlocks | null = null
  pacer: Pacing | null = null
  pacingTimer: Readonly<Timer> = NO_TIMER
  idleTimer: Readonly<Timer> = NO_TIMER
  recovery: Readonly<Recovery> = NO_RECOVERY
  probe: Readonly<TailLossProbe> = NO_PROBE
  troubles: Readonly<TroubleCounters> = NO_TROUBLES
}

/** Shared by all connections that have none. Nothing ever changes it. */
const NO_RARE_STATE = new RareState()

/** A connection's rareState, and its flags: one word for each of the two. */
export class FlagsAndRareState extends Flags {
  private rareState = NO_RARE_STATE

  private own(): RareState {
    if (this.rareState === NO_RARE_STATE) this.rareState = new RareState()
    return this.rareState
  }

  /** The error that ended it, which the user is told; null while all is well or it closed in order. */
  get error(): ErrorCode | null {
    return this.rareState.error
  }
  set error(error: ErrorCode | null) {
    if (error !== this.rareState.error) this.own().error = error
  }

  get ecn(): Readonly<Ecn> {
    return this.rareState.ecn
  }
  set ecn(ecn: Readonly<Ecn>) {
    if (ecn !== this.rareState.ecn) this.own().ecn = ecn
  }

  get fastOpen(): FastOpen | null {
    return this.rareState.fastOpen
  }
  set fastOpen(fastOpen: FastOpen | null) {
    if (fastOpen !== this.rareState.fastOpen) this.own().fastOpen = fastOpen
  }

  /** The blocks that we report by SACK; null as long as there was none. */
  get sackBlocks(): SackBlocks | null {
    return this.rareState.sackBlocks
  }
  set sackBlocks(sackBlocks: SackBlocks | null) {
    if (sackBlocks !== this.rareState.sackBlocks) this.own().sackBlocks = sackBlocks
  }

  get pacer(): Pacing | null {
    return this.rareState.pacer
  }
  set pacer(pacer: Pacing | null) {
    if (pacer !== this.rareState.pacer) this.own().pacer = pacer
  }

  get pacingTimer(): Readonly<Timer> {
    return this.rareState.pacingTimer
  }
  set pacingTimer(timer: Readonly<Timer>) {
    if (timer !== this.rareState.pacingTimer) this.own().pacingTimer = timer
  }

  /** For what a connection does rarely: keep-alive, FIN-WAIT-2. */
  get idleTimer(): Readonly<Timer> {
    return this.rareState.idleTimer
  }
  set idleTimer(timer: Readonly<Timer>) {
    if (timer !== this.rareState.idleTimer) this.own().idleTimer = timer
  }

  get recovery(): Readonly<Recovery> {
    return this.rareState.recovery
  }
  set recovery(recovery: Readonly<Recovery>) {
    this.own().recovery = recovery
  }

  get probe(): Readonly<TailLossProbe> {
    return this.rareState.probe
  }

  /** A tail loss probe leaves. */
  ownProbe(): TailLossProbe {
    if (this.probe === NO_PROBE) this.own().probe = new TailLossProbe()
    return this.probe
  }

  get troubles(): Readonly<TroubleCounters> {
    return this.rareState.troubles
  }

  /** Something out of the ordinary has happened. */
  ownTroubles(): TroubleCounters {
    if (this.troubles === NO_TROUBLES) this.own().troubles = new TroubleCounters()
    return this.troubles as TroubleCounters
  }
}
