/** Runs a controller that somebody has written beside others: in a worker, which can be ended when it does not end. */
import { type CongestionControlFactory, registerCongestionControl } from '../../tcp/congestion/registry.ts'
import { ControllerFault, guarded, lineOf } from './guarded.ts'
import type { Asked, Told } from './messages.ts'
import { race } from './race.ts'

/** A worker's own side. */
interface Scope {
  onmessage: ((event: MessageEvent<Asked>) => void) | null
  onerror: ((message: string, file: string, line: number, column: number, error: unknown) => boolean) | null
  postMessage(message: Told): void
  importScripts(url: string): void
  registerCongestionControl: typeof registerCongestionControl
}

const scope = globalThis as unknown as Scope
const tell = (message: Told): void => scope.postMessage(message)

/** Those that a controller runs beside. */
const OTHERS = ['cubic', 'bbr']

/** The controller that the script has registered last. */
let name: string | null = null
scope.registerCongestionControl = (given: string, create: CongestionControlFactory) => {
  registerCongestionControl(given, typeof create === 'function' ? seed => guarded(create(seed)) : create)
  name = given
}

scope.onmessage = ({ data: { code, options } }) => {
  const url = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }))
  // Exceptions of the script are not caught: only the browser's report has the line of an error in its syntax.
  scope.onerror = (message, _file, line, _column, error) => {
    tell({
      tell: 'wrong',
      message: message.replace(/^Uncaught /, ''),
      line: lineOf(error, url) ?? (line > 0 ? line : null),
    })
    return true
  }
  scope.importScripts(url)
  if (name === null) {
    tell({
      tell: 'wrong',
      message: 'the script registers no controller: registerCongestionControl(name, create)',
      line: null,
    })
    return
  }
  try {
    const lanes = race([name, ...OTHERS], options, part => tell({ tell: 'moved', part }))
    tell({ tell: 'done', lanes })
  } catch (error) {
    const fault = error instanceof ControllerFault ? error : null
    tell({
      tell: 'wrong',
      message: fault === null ? String(error) : `${fault.message} (in ${fault.call}())`,
      line: lineOf(fault?.cause ?? error, url),
    })
  }
}
