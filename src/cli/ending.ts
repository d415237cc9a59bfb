/** The end of a command that runs for long, and its exit code. The first reason decides. */
export class Ending {
  readonly code: Promise<number>
  begun = false
  #resolve!: (code: number) => void

  constructor() {
    this.code = new Promise(resolve => {
      this.#resolve = resolve
    })
  }

  end(code: number): void {
    this.begun = true
    this.#resolve(code)
  }
}
