/** Questions to a server of ours: a line in, a line of JSON out on its descriptor 3. */
import { linesOf } from './processes.js'

const PATIENCE = 20_000

export class Control {
  #input
  #next

  /** @param child with pipes as its descriptors 0 and 3 */
  constructor(child) {
    this.#input = child.stdin
    this.#next = linesOf(child.stdio[3])
    this.#input.on('error', () => {})
  }

  /** Its memory after a collection of garbage, as process.memoryUsage has it; null when it does not answer. */
  async memory() {
    this.#input.write('memory\n')
    let impatient
    const late = new Promise(resolve => {
      impatient = setTimeout(resolve, PATIENCE, null)
    })
    const line = await Promise.race([this.#next(), late])
    clearTimeout(impatient)
    return line === null ? null : JSON.parse(line)
  }
}
