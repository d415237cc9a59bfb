/** The questions of a page of the live view and their answers, without a browser. */
import http from 'node:http'
import { decodeEvents } from '../../src/view/model/decode.ts'
import type { ViewEvent } from '../../src/view/model/view-event.ts'

export interface Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly text: string
}

export const ask = (url: URL, path: string, options: http.RequestOptions = {}, body = ''): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const request = http.request(
      { host: url.hostname, port: url.port, path, agent: false, ...options },
      response => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', chunk => {
          text += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }))
      },
    )
    request.on('error', reject)
    request.end(body)
  })

export interface Message {
  readonly event: string
  readonly id: string
  readonly data: string
}

/** Hears the stream until a message is the one that was waited for. */
export const hear = (
  { url, token }: { readonly url: URL; readonly token: string },
  last: string | null,
  until: (message: Message, all: readonly Message[]) => boolean,
  query = '',
): Promise<Message[]> =>
  new Promise((resolve, reject) => {
    const headers = last === null ? {} : { 'last-event-id': last }
    const request = http.get(
      { host: url.hostname, port: url.port, path: `/events?token=${token}${query}`, agent: false, headers },
      response => {
        const all: Message[] = []
        let rest = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          const parts = (rest + chunk).split('\n\n')
          rest = parts.pop()!
          for (const part of parts) {
            const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(part)?.[1] ?? ''
            const message = { event: field('event'), id: field('id'), data: field('data') }
            all.push(message)
            if (!until(message, all)) continue
            request.destroy()
            resolve(all)
            return
          }
        })
      },
    )
    request.on('error', reject)
  })

export const eventsOf = (messages: readonly Message[]): ViewEvent[] =>
  messages
    .filter(({ event }) => event === 'events')
    .flatMap(({ data }) => decodeEvents(Buffer.from(data.split(' ')[1]!, 'base64')))

export const states = (events: readonly ViewEvent[]): string[] =>
  events.flatMap(e => (e.kind === 'transition' ? [e.to] : []))
