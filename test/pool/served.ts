/** The module of the workers in pool-cases.ts: it says which worker it is, and then what it hears. */
import { createHash } from 'node:crypto'
import type { Stack } from '../../src/net/stack.ts'
import type { WorkerContext, WorkerUse } from '../../src/pool/options.ts'

export default (stack: Stack, { worker, data, since }: WorkerContext): WorkerUse | Promise<WorkerUse> => {
  if (data === 'never starts' && worker === 1) return new Promise(() => {})
  if (data === 'never starts') throw new Error('it does not start')
  if (data === 'no start') throw new Error('it does not start')
  const end = (port: number, how: () => void) => stack.createServer(how).listen(port)
  stack
    .createServer({ allowHalfOpen: true }, socket => {
      socket.write(`${worker}`)
      socket.pipe(socket)
      socket.on('error', () => {})
    })
    .listen(7)
  // A worker that dies as workers do.
  end(9, () => {
    throw new Error('as asked')
  })
  end(10, () => process.exit(3))
  end(11, () => {
    const all: unknown[] = []
    for (;;) all.push(new Array(1000).fill(all.length))
  })
  return {
    answer(question) {
      if (question === 'since') return since
      if (question === 'a function') return () => {}
      // An exception need be no error, nor anything that can be copied.
      if (question === 'throw') throw () => 'as asked'
      return createHash('sha256').update(`${worker} ${question}`).digest('hex')
    },
    close() {
      if (data === 'no end') throw new Error('it does not close')
    },
  }
}
