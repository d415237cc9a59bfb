/** All scripts of http, https, http2 and tls. */
import { NESTED, OVER } from './golden-beneath.ts'
import { CLEAR, SECURE, WEB, WEB_OVER_TLS } from './golden-http.ts'
import { STREAMS } from './golden-http2.ts'
import { PLAIN } from './golden-plain.ts'
import { ENDINGS } from './golden-sessions.ts'
import { TALKS } from './golden-tls.ts'
import type { WebScenario } from './golden-web-support.ts'

export type { WebScenario }

const under = <T>(
  name: string,
  of: Record<string, T>,
  make: (each: T) => WebScenario,
): [string, WebScenario][] => Object.entries(of).map(([what, each]) => [`${name}: ${what}`, make(each)])

const OVER_SOCKETS: readonly [name: string, scenario: WebScenario][] = under(
  'tls over a socket',
  OVER,
  scenario => scenario,
)

const IN_THE_CLEAR: readonly [name: string, scenario: WebScenario][] = [
  ...under('http', WEB, make => make(CLEAR)),
  ...under('http2', STREAMS, make => make(false)),
  ...under('http2, its end', ENDINGS, make => make(false)),
  ...under('net', PLAIN, scenario => scenario),
]

export const WEB_SCENARIOS: readonly [name: string, scenario: WebScenario][] = [
  ...IN_THE_CLEAR,
  ...under('https', WEB_OVER_TLS, make => make(SECURE)),
  ...under('http2 over TLS', STREAMS, make => make(true)),
  ...under('http2 over TLS, its end', ENDINGS, make => make(true)),
  ...under('tls', TALKS, scenario => scenario),
  ...OVER_SOCKETS,
  ...under('tls over tls', NESTED, scenario => scenario),
]

/** TLS that connects by itself begins anew when its name was looked up; these go on. */
export const BY_NAME = [...IN_THE_CLEAR, ...OVER_SOCKETS]
