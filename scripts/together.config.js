/** ava's configuration for a run of everything. */
import { AVA, TOGETHER_FILES, together } from './together.js'

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

export default () => {
  const imported = together(ROOMS)
  return { ...AVA, files: [TOGETHER_FILES, ...AVA.files, ...imported.map(file => `!${file}`)] }
}
