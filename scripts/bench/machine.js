/** The machine, as far as it matters to the figures. */
import { readFileSync } from 'node:fs'
import os from 'node:os'
import process from 'node:process'

const read = path => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

export const describeMachine = () => {
  const [cpu] = os.cpus()
  const virtual = /^flags.*\bhypervisor\b/m.test(read('/proc/cpuinfo')) ? ', virtual' : ''
  return `Linux ${os.release()}, Node.js ${process.version}, ${os.cpus().length} × ${cpu?.model ?? 'CPU'}${virtual}`
}
