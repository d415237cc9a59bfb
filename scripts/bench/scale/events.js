/** The cost of the event stream to a packet: with nobody there, and with readers. */
import { Writable } from 'node:stream'
import { Capture } from '../../../dist/src/trace/capture.js'
import { createLog } from '../../../dist/src/trace/log.js'
import { run } from './answer.js'
import { perPacket } from './costs.js'

const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })

const READERS = {
  none: null,
  idle: () => {},
  log: createLog({ level: 'info', pretty: false, destination: nowhere }),
  capture: new Capture(() => {}, { wallClockOffset: 0 }).sink,
}

await run(({ seconds }) => {
  const variants = Object.values(READERS).map(trace => ({ connections: 1000, trace }))
  const costs = perPacket(variants, seconds)
  return Object.fromEntries(Object.keys(READERS).map((name, i) => [name, costs[i]]))
})
