/** BBR's state before a loss, to go back to if the loss was spurious (HandleSpuriousLossDetection). */
import type { BbrBlock, BbrState } from './block.ts'

export class LossEpisode {
  readonly #bbr: BbrBlock
  /** Loss recovery is under way. */
  recovering = false
  /** The state that losses made BBR leave; null while they did not. */
  leftState: BbrState | null = null
  #under = false
  #priorCwnd = 0
  #bwShortterm = 0
  #inflightShortterm = 0
  #inflightLongterm = 0

  constructor(bbr: BbrBlock) {
    this.#bbr = bbr
  }

  /** SaveStateUponLoss: once an episode, at its first loss. */
  begin(): void {
    if (this.#under) return
    this.#under = true
    this.saveCwnd()
    this.leftState = null
    const { model } = this.#bbr
    this.#bwShortterm = model.bwShortterm
    this.#inflightShortterm = model.inflightShortterm
    this.#inflightLongterm = model.inflightLongterm
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
    model.bwShortterm = Math.max(model.bwShortterm, this.#bwShortterm)
    model.inflightShortterm = Math.max(model.inflightShortterm, this.#inflightShortterm)
    model.inflightLongterm = Math.max(model.inflightLongterm, this.#inflightLongterm)
    const { leftState } = this
    this.leftState = null
    return leftState
  }
}
