/** The module of the workers in pool-cases.ts: it says which worker it is, and then what it hears. */
import { createHash } from 'node:crypto'
import type { Stack } from '../../src/net/stack.ts'
import type { WorkerContext, WorkerUse } from '../../src/pool/options.ts'

export default (stack: Stack, { worker, data, since }: WorkerContext): WorkerUse => {
  if (data === 'no start') throw new Error('it does not start')
  stack
    .createServer({ allowHalfOpen: true }, socket => {
      socket.write(`${worker}`)
      socket.pipe(socket)
      socket.on('error', () => {})
    })
    .listen(7)
  // A worker that dies as workers do.
  stack
    .createServer(() => {
      throw new Error('as asked')
    })
    .listen(9)
  return {
    answer: question =>
      question === 'since' ? since : createHash('sha256').update(`${worker} ${question}`).digest('hex'),
  }
}
