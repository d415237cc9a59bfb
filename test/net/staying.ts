/** Programs that end by themselves, or stay for what they hold. */
import { spawn } from 'node:child_process'

/**
 * Ends a program that stays. It counts turns of the event loop, not the time alone: where the machine stands still for a while,
 * the turns in which a program would have ended are yet to come.
 */
const STOPS = `
  let turns = 0
  setInterval(() => ++turns === 30 && process.exit(7), 100).unref()`

/** Runs a program: 'ended', or 'alive' when it had to be stopped. */
export const endOrLife = (program: string): Promise<string> =>
  new Promise(resolve => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program + STOPS], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    child.on('exit', code => resolve(code === 0 ? 'ended' : code === 7 ? 'alive' : `exit ${code}`))
  })
