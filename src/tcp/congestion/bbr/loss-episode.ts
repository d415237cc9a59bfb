/** BBR's state before a loss, to go back to if the loss was spurious (HandleSpuriousLossDetection). */
import type { BbrBlock, BbrState } from './block.ts'

type Bounds = Pick<BbrBlock['model'], 'bwShortterm' | 'inflightShortterm' | 'inflightLongterm'>

export class LossEpisode {
  readonly #bbr: BbrBlock
  /** Loss recovery is under way. */
  recovering = false
  /** The state that losses made BBR leave; null while they did not. */
  leftState: BbrState | null = null
  #under = false
  #priorCwnd = 0
  #bounds: Bounds | null = null

  constructor(bbr: BbrBlock) {
    this.#bbr = bbr
  }

  /** SaveStateUponLoss: once an episode, at its first loss. */
  begin(): void {
    if (this.#under) return
    this.#under = true
    this.saveCwnd()
    this.leftState = null
    const { bwShortterm, inflightShortterm, inflightLongterm } = this.#bbr.model
    this.#bounds = { bwShortterm, inflightShortterm, inflightLongterm }
  }

  end(): void {
    this.recovering = false
    this.#under = false
  }

  saveCwnd(): void {
    const { state, cwnd } = this.#bbr
    const modulated = this.recovering || state === 'ProbeRTT'
    this.#priorCwnd = modulated ? Math.max(this.#priorCwnd, cwnd) : cwnd
  }

  restoreCwnd(): void {
    this.#bbr.cwnd = Math.max(this.#bbr.cwnd, this.#priorCwnd)
  }

  /** The losses were none: gives the model its bounds back. @returns the state that they made BBR leave, or null */
  undo(): BbrState | null {
    const { model } = this.#bbr
    this.restoreCwnd()
    this.end()
    model.lossInRound = false
    model.resetFullBw(0)
    const before = this.#bounds ?? model
    model.bwShortterm = Math.max(model.bwShortterm, before.bwShortterm)
    model.inflightShortterm = Math.max(model.inflightShortterm, before.inflightShortterm)
    model.inflightLongterm = Math.max(model.inflightLongterm, before.inflightLongterm)
    const { leftState } = this
    this.leftState = null
    return leftState
  }
}
