/** The libraries, and the modules with their scenarios, loaded when they are needed. */
import type { Scenario } from './worlds.ts'

const MODULES: Record<string, readonly string[]> = {
  './secure.js': ['http', 'http, slow clients', 'https', 'tls', 'http2 over TLS', 'h2c'],
  './web.js': ['ws', 'express', 'fastify and undici'],
  './databases.js': ['pg', 'ioredis'],
  './ssh.js': ['ssh2'],
}

export const LIBRARIES: readonly string[] = Object.values(MODULES).flat()

export const scenarioOf = async (library: string): Promise<Scenario> => {
  for (const [module, names] of Object.entries(MODULES))
    if (names.includes(library)) {
      const { scenarios } = (await import(module)) as { scenarios: Record<string, Scenario> }
      return scenarios[library]!
    }
  throw new Error(`no library '${library}'`)
}
