/** One attack on a stack of its own: before, meanwhile, and after. */
import { fork } from 'node:child_process'
import { Decent } from './decent.js'

const MEGABYTE = 2 ** 20
/** The garbage that V8 has not collected yet at a time, beside what is held. */
const GARBAGE = 64 * MEGABYTE
/** The memory that may be there after an attack and was not before: code, caches, the pools of Node. */
const REST = 8 * MEGABYTE
/** Seconds in which an attack has to be forgotten. */
const FORGET = 60

export const BUDGET = 64 * MEGABYTE
export const LIMITS = { success: 0.995, hold: 50, memory: BUDGET * 1.2 + GARBAGE }

const total = ({ heap, buffers, other }) => heap + buffers + other

const path = name => new URL(`./${name}.js`, import.meta.url).pathname

/** A process that tells of itself. */
class Subject {
  #child = fork(path('server'), [String(BUDGET)], { execArgv: ['--expose-gc'] })
  /** Null, when it has ended. */
  #ended = new Promise(resolve => this.#child.once('exit', () => resolve(null)))
  most = null

  async ready() {
    const first = new Promise(resolve => this.#child.once('message', resolve))
    if ((await Promise.race([first, this.#ended])) === null) throw new Error('the stack has not begun')
    this.#child.on('message', ({ reading }) => {
      if (reading === undefined) return
      this.most ??= { ...reading, total: total(reading) }
      for (const name of Object.keys(reading)) this.most[name] = Math.max(this.most[name], reading[name])
      this.most.total = Math.max(this.most.total, total(reading))
    })
  }

  get alive() {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  forget() {
    this.most = null
    if (this.alive) this.#child.send('forget')
  }

  /** After the garbage is collected; null when it does not answer, or has ended. */
  async collected(patience = 30_000) {
    if (!this.alive) return null
    this.#child.send('collect')
    const answer = new Promise(resolve => {
      const hear = said => {
        if (said.collected === undefined) return
        this.#child.off('message', hear)
        resolve(said)
      }
      this.#child.on('message', hear)
    })
    const late = new Promise(resolve => setTimeout(resolve, patience, null))
    return Promise.race([answer, late, this.#ended])
  }

  end() {
    this.#child.kill('SIGKILL')
    return this.#ended
  }
}

const attacked = (name, seconds) =>
  new Promise(resolve => {
    const child = fork(path('attacker'), [name, String(seconds)])
    let result = null
    child.on('message', said => {
      result = said
    })
    const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000 + 30_000)
    child.on('exit', () => {
      clearTimeout(timer)
      resolve(result)
    })
  })

/** @param plan seconds before, during, and at most after the attack; `hold`, the longest time that the loop may be held, ms */
export const runAttack = async (name, { before: calm, during, after, only, ipv6, hold }) => {
  const subject = new Subject()
  try {
    await subject.ready()
    const warm = new Decent(ipv6)
    warm.start(only)
    await new Promise(resolve => setTimeout(resolve, calm * 1000))
    await warm.stop()
    const before = (await subject.collected()).collected
    subject.forget()
    const decent = new Decent(ipv6)
    decent.start(only)
    const sent = await attacked(name, during)
    await decent.stop()
    const { most } = subject
    const ended = !subject.alive
    const end = performance.now() + Math.min(after, FORGET) * 1000
    let last = null
    let seconds = 0
    for (const begun = performance.now(); ; ) {
      last = await subject.collected()
      seconds = (performance.now() - begun) / 1000
      if (last === null || total(last.collected) <= total(before) + REST || performance.now() > end) break
      await new Promise(resolve => setTimeout(resolve, 500))
    }
    return {
      name,
      before,
      most,
      last,
      seconds,
      sent,
      decent,
      ended,
      ...verdict(before, most, last, decent, ended, hold),
    }
  } finally {
    await subject.end()
  }
}

const verdict = (before, most, last, decent, ended, hold) => {
  const faults = []
  const failures = [...decent.failures].map(([why, count]) => `${count} ${why}`).join(', ')
  if (ended) faults.push('the process has ended')
  if (decent.success < LIMITS.success) faults.push(`the decent client fails: ${failures}`)
  if (most !== null && most.hold > hold) faults.push(`the event loop is held for ${Math.round(most.hold)} ms`)
  if (most !== null && most.total - total(before) > LIMITS.memory)
    faults.push(`memory grows by ${Math.round((most.total - total(before)) / MEGABYTE)} MB`)
  if (last === null) faults.push('no answer afterwards')
  else if (total(last.collected) > total(before) + REST)
    faults.push(`${Math.round((total(last.collected) - total(before)) / MEGABYTE)} MB are not given back`)
  return { faults }
}
