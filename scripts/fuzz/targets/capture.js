/** A capture of any format: explained as far as it goes, or refused by a CaptureError. */
import { explainCapture } from '../../../dist/src/lab/explain/explain-capture.js'
import { explanationLog } from '../../../dist/src/lab/explain/explain-text.js'

export const fuzz = data => {
  const { connections } = explainCapture(data)
  for (const connection of connections) explanationLog(connection)
}
