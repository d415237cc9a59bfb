/** ava's configuration for a run of a minute: everything below `net` in virtual time, but for fuzzing, floods and what takes long. */
import { AVA, TOGETHER_FILES, together } from './together.js'

const LONG =
  /\/(fuzz|work-|memory-|hostile-|receive-queue|recovery-path|syn-flood|ports|buffers|borrowed-text|connection-table|leaks|path-mtu|reassembly|congestion\/)/

export default () => {
  together(['wire', 'ip', 'sim', 'faults', 'host', 'tcp'], LONG)
  return { ...AVA, files: [TOGETHER_FILES] }
}
