/** Asks a running stack. */
import { rmSync } from 'node:fs'
import { connect } from 'node:net'
import { Failure } from './command.ts'
import { type FoundSocket, findControlSockets } from './control-paths.ts'
import { type About, type Answers, lineSplitter, type Question } from './control-protocol.ts'
import type { FaultAnswer, FaultOrder } from './fault-orders.ts'

/** The time that a stack may take to answer, ms: it may be busy, or stopped. */
const PATIENCE = 5000

/**
 * Asks once, over a connection of its own.
 * @throws Error of the system's (EACCES, …); NobodyThere; Failure when there is no answer
 */
export const ask = <Q extends Question>(path: string, question: Q): Promise<Answers[Q]> =>
  exchange(path, { get: question }, question) as Promise<Answers[Q]>

/** Gives an order about faults. @throws as {@link ask}; Failure with what the stack has against it */
export const order = (path: string, fault: FaultOrder): Promise<FaultAnswer> =>
  exchange(path, { fault }, 'fault') as Promise<FaultAnswer>

const exchange = (path: string, said: object, key: string): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const socket = connect(path)
    socket.setEncoding('utf8')
    socket.setTimeout(PATIENCE, () =>
      socket.destroy(new Failure(`no answer at ${path}: is the process stopped?`, 1)),
    )
    socket.on('error', error => reject(nobodyAt(path, error) ?? error))
    socket.on('close', () => reject(new Failure(`no answer at ${path}: the stack has just ended`, 1)))
    const split = lineSplitter()
    socket.on('data', chunk => {
      const [line] = split.lines(String(chunk))
      if (line === undefined) return
      socket.end()
      const answers = JSON.parse(line) as Record<string, unknown> & { error?: string }
      const answer = answers[key]
      if (answer === undefined && key === 'fault' && answers.error !== undefined)
        reject(new Failure(answers.error))
      else if (answer === undefined)
        reject(new Failure(`${path} does not answer: ${answers.error ?? 'another program?'}`))
      else resolve(answer)
    })
    socket.write(`${JSON.stringify({ id: 1, ...said })}\n`)
  })

/** Nobody's socket, or one that a dead process has left. */
export class NobodyThere extends Failure {}

const nobodyAt = (path: string, { code }: NodeJS.ErrnoException): NobodyThere | null =>
  code === 'ENOENT' || code === 'ECONNREFUSED'
    ? new NobodyThere(
        `no stack has its control socket at ${path} (${code}): 'tuntcp ss' without --control looks for those that run`,
      )
    : null

export interface FoundStack {
  readonly path: string
  readonly about: About
}

/** The stacks that run; sockets that dead processes have left are removed. `denied`: those that we may not ask. */
export const findStacks = async (): Promise<{ stacks: FoundStack[]; denied: FoundSocket[] }> => {
  const stacks: FoundStack[] = []
  const denied: FoundSocket[] = []
  for (const found of findControlSockets()) {
    try {
      stacks.push({ path: found.path, about: await ask(found.path, 'about') })
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (error instanceof NobodyThere) remove(found.path)
      else if (code === 'EACCES' || code === 'EPERM') denied.push(found)
      else if (error instanceof Failure) console.error(`tuntcp: ${error.message}`)
    }
  }
  return { stacks, denied }
}

const remove = (path: string): void => {
  try {
    rmSync(path, { force: true })
  } catch {
    // Another user's: it harms nobody.
  }
}
