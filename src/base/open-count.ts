/** Counts things that are open, and tells when none is any more. */
export class OpenCount {
  size = 0
  #emptied: (() => void) | null = null

  add(): void {
    this.size++
  }

  /** One is open no more. */
  delete(): void {
    if (--this.size > 0) return
    const told = this.#emptied
    this.#emptied = null
    told?.()
  }

  /** Calls back once, when none is open next; replaces an earlier callback. */
  onceEmpty(callback: (() => void) | null): void {
    this.#emptied = callback
  }
}
