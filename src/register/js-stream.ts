/** Node's class of handles for streams made in JavaScript, which this needs. */
import { type StreamClasses, streamClasses } from '../net/js-stream.ts'

/** @throws Error when this Node has none there */
const found = (): StreamClasses => {
  const classes = streamClasses()
  if (classes === null)
    throw new Error(`Node ${process.version} has no handles for streams in JavaScript where they were`)
  return classes
}

export const { JsStream, StreamSocket } = found()
