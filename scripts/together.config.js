/** ava's configuration for a run of everything. */
import { AVA, TOGETHER_FILES, together } from './together.js'

/** Rooms whose tests, but for those that together.js keeps alone, disturb nobody in their process. */
const ROOMS = [
  ['base', 'bench', 'docs', 'fuzz', 'view'],
  'cli',
  'examine',
  'faults',
  'host',
  'ip',
  'lab',
  'link',
  'packetdrill',
  'pool',
  'posix',
  'property',
  'sim',
  'site',
  'tcp',
  'testing',
  'trace',
  'wire',
]

export default () => {
  const imported = together(ROOMS)
  return { ...AVA, files: [TOGETHER_FILES, ...AVA.files, ...imported.map(file => `!${file}`)] }
}
