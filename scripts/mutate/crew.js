/** One worker at a time, for whoever tests is not alone on the machine; with a watch over it. */
import process from 'node:process'
import { Worker } from 'node:worker_threads'

/** CPU time that a worker may take to load itself and what it tests beside a test's own, ms. */
const LOADING = 60_000
/** How often it is looked whether a worker is still at it, ms. */
const LOOK = 100
/**
 * Looks in a row that find nothing done since the one before: the test waits for what does not come, as time is virtual. (Not a time:
 * to whoever has been woken on a busy machine and waits for a processor, that is idle time, too.)
 */
const IDLE = 50

const cpu = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

export class Crew {
  #workerData
  #worker = null
  #active = -1

  /** @param {{ directory: string, count: number }} workerData the workshop, and how many mutants there are */
  constructor(workerData) {
    this.#workerData = workerData
  }

  /** The next question is for a worker that has loaded nothing yet. */
  async dismiss() {
    const worker = this.#worker
    this.#worker = null
    if (worker !== null) await worker.thread.terminate()
  }

  /**
   * The worker's answer, or `{ lost }`: why it is no more, a test that took too much CPU time among the reasons.
   * @param active the mutant that is switched on while modules are loaded, or -1
   */
  async ask(message, active = -1) {
    if (active !== this.#active) await this.dismiss()
    this.#active = active
    this.#worker ??= this.#hire()
    const { thread, watch } = this.#worker
    const reply = await new Promise(resolve => {
      let begun = -1
      let since = 0
      let done = 0
      let idle = 0
      const answer = value => {
        clearInterval(timer)
        for (const name of ['message', 'error', 'exit']) thread.removeAllListeners(name)
        thread.on('error', () => {})
        resolve(value)
      }
      const timer = setInterval(() => {
        const { active: doing } = thread.performance.eventLoopUtilization()
        idle = doing > 0 && doing - done < 1 ? idle + 1 : 0
        done = doing
        if (Atomics.load(watch, 0) !== begun) {
          begun = Atomics.load(watch, 0)
          since = cpu()
          idle = 0
        } else if (cpu() - since > Atomics.load(watch, 1)) answer({ lost: 'timeout' })
        else if (idle > IDLE) answer({ lost: 'waits for ever' })
      }, LOOK)
      thread.on('message', answer)
      thread.on('error', error => answer({ lost: String(error) }))
      thread.on('exit', () => answer({ lost: 'the worker has ended' }))
      thread.postMessage(message)
    })
    if (reply.lost !== undefined) await this.dismiss()
    return reply
  }

  #hire() {
    const watched = new SharedArrayBuffer(8)
    const watch = new Int32Array(watched)
    watch[1] = LOADING
    const thread = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: { ...this.#workerData, active: this.#active, watched },
      resourceLimits: { maxOldGenerationSizeMb: 1024 },
      stdout: true,
      stderr: true,
    })
    return { thread, watch }
  }
}
