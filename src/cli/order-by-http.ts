/** Gives orders about faults by the HTTP interface of `tuntcp proxy`, where its control socket is out of reach. */
import { ORDERS_PATH } from '../proxy/api/server.ts'
import { Failure, UsageError } from './command.ts'
import type { FaultAnswer, FaultOrder } from './fault-orders.ts'

/** The time that it may take to answer, ms: it may be busy, or stopped. */
const PATIENCE = 5000
const LARGEST_PORT = 65_535

/** `PORT`, `HOST:PORT` or a URL. @throws UsageError */
export const apiUrl = (text: string): URL => {
  const port = /^\d+$/.test(text) ? Number(text) : null
  try {
    if (port !== null && (port < 1 || port > LARGEST_PORT)) throw new RangeError()
    const url = new URL(
      port !== null ? `http://127.0.0.1:${port}` : text.includes('://') ? text : `http://${text}`,
    )
    if (url.protocol !== 'http:' || url.hostname === '') throw new RangeError()
    return new URL(ORDERS_PATH, url)
  } catch {
    throw new UsageError(`--api must be PORT, HOST:PORT or http://HOST:PORT, not '${text}'`)
  }
}

/** @throws Failure when there is no answer, or with what the proxy has against the order */
export const orderByHttp = async (url: URL, order: FaultOrder): Promise<FaultAnswer> => {
  let status: number
  let text: string
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(order),
      signal: AbortSignal.timeout(PATIENCE),
    })
    status = response.status
    text = await response.text()
  } catch (error) {
    const { message, name, cause } = error as Error & { readonly cause?: Error }
    const why = name === 'TimeoutError' ? 'no answer: is the process stopped?' : (cause?.message ?? message)
    throw new Failure(`no order can be given at ${url.origin}: ${why}`, 1)
  }
  const answer = parsed(text)
  if (status === 200 && answer !== null) return answer as unknown as FaultAnswer
  if (status === 400 && typeof answer?.error === 'string') throw new Failure(answer.error)
  throw new Failure(
    `${url.origin} takes no orders about faults (HTTP ${status}): it is not the interface of tuntcp proxy (--api PORT there)`,
  )
}

const parsed = (text: string): Record<string, unknown> | null => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}
