/** ava's configuration for a run of everything. */
import { configurationOf } from './together.js'

/** Rooms whose tests know neither real time nor the system. */
const ROOMS = [
  'examine',
  'faults',
  'host',
  'ip',
  'packetdrill',
  'posix',
  'property',
  'sim',
  'tcp',
  'trace',
  'wire',
]

export default () => configurationOf(ROOMS, (all, imported) => [...all, ...imported.map(file => `!${file}`)])
