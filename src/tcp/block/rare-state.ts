import type { Pacing } from '../congestion/pacing.ts'
import type { SackBlocks } from '../queues/sack-blocks.ts'
import type { FastOpen } from '../send/fast-open.ts'
import { type Ecn, NO_ECN } from './ecn.ts'
import type { ErrorCode } from './error.ts'
import { Flags } from './packed-flags.ts'
import { NO_RECOVERY, type Recovery } from './recovery-state.ts'
import { NO_PROBE, TailLossProbe } from './tail-loss-probe-state.ts'
import { NO_TIMER, type Timer } from './timer.ts'
import { Incidents, NO_INCIDENTS } from './trouble-counters.ts'

/** What few connections have. */
class Extras {
  error: ErrorCode | null = null
  ecn: Ecn = NO_ECN
  fastOpen: FastOpen | null = null
  sackBlocks: SackBlocks | null = null
  pacer: Pacing | null = null
  pacingTimer: Timer = NO_TIMER
  idleTimer: Timer = NO_TIMER
  recovery: Recovery = NO_RECOVERY
  probe: TailLossProbe = NO_PROBE
  incidents: Incidents = NO_INCIDENTS
}

/** Of a connection that has none: one for all, which nothing ever changes. */
const NO_EXTRAS = new Extras()

/** A connection's extras, and its flags: one word for each of the two. */
export class FlagsAndExtras extends Flags {
  private extras = NO_EXTRAS

  private own(): Extras {
    if (this.extras === NO_EXTRAS) this.extras = new Extras()
    return this.extras
  }

  /** What ended it, or is going to be told to the user; null while all is well or it closed in order. */
  get error(): ErrorCode | null {
    return this.extras.error
  }
  set error(error: ErrorCode | null) {
    if (error !== this.extras.error) this.own().error = error
  }

  get ecn(): Ecn {
    return this.extras.ecn
  }
  set ecn(ecn: Ecn) {
    if (ecn !== this.extras.ecn) this.own().ecn = ecn
  }

  get fastOpen(): FastOpen | null {
    return this.extras.fastOpen
  }
  set fastOpen(fastOpen: FastOpen | null) {
    if (fastOpen !== this.extras.fastOpen) this.own().fastOpen = fastOpen
  }

  /** What we report by SACK; null as long as there was nothing. */
  get sackBlocks(): SackBlocks | null {
    return this.extras.sackBlocks
  }
  set sackBlocks(sackBlocks: SackBlocks | null) {
    if (sackBlocks !== this.extras.sackBlocks) this.own().sackBlocks = sackBlocks
  }

  get pacer(): Pacing | null {
    return this.extras.pacer
  }
  set pacer(pacer: Pacing | null) {
    if (pacer !== this.extras.pacer) this.own().pacer = pacer
  }

  get pacingTimer(): Timer {
    return this.extras.pacingTimer
  }
  set pacingTimer(timer: Timer) {
    if (timer !== this.extras.pacingTimer) this.own().pacingTimer = timer
  }

  /** For what a connection does rarely: keep-alive, FIN-WAIT-2. */
  get idleTimer(): Timer {
    return this.extras.idleTimer
  }
  set idleTimer(timer: Timer) {
    if (timer !== this.extras.idleTimer) this.own().idleTimer = timer
  }

  get recovery(): Recovery {
    return this.extras.recovery
  }
  set recovery(recovery: Recovery) {
    this.own().recovery = recovery
  }

  get probe(): TailLossProbe {
    return this.extras.probe
  }

  /** A tail loss probe leaves. */
  probing(): TailLossProbe {
    if (this.probe === NO_PROBE) this.own().probe = new TailLossProbe()
    return this.probe
  }

  get incidents(): Incidents {
    return this.extras.incidents
  }

  /** Something out of the ordinary has happened. */
  incident(): Incidents {
    if (this.incidents === NO_INCIDENTS) this.own().incidents = new Incidents()
    return this.incidents
  }
}
