/** The cost of a bare connection from its SYN to the last ACK, and of a log of its states. */
import { Writable } from 'node:stream'
import { createLog } from '../../../dist/src/trace/log.js'
import { run } from './answer.js'
import { perConnection } from './costs.js'

const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })

await run(({ seconds }) => {
  const log = createLog({ level: 'info', pretty: false, destination: nowhere })
  const [none, logged] = perConnection([{ trace: null }, { trace: log }], seconds)
  return { none: none / 1000, log: logged / 1000 }
})
