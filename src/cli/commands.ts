/** All commands. Each is loaded when asked for: `ss` needs no stack, `--version` nothing at all. */
import type { Command } from './command.ts'

export const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['serve', async () => (await import('./serve.ts')).serve],
  ['forward', async () => (await import('./forward.ts')).forward],
  ['proxy', async () => (await import('./proxy.ts')).proxy],
  ['fault', async () => (await import('./fault.ts')).fault],
  ['connect', async () => (await import('./connect.ts')).connect],
  ['examine', async () => (await import('./examine.ts')).examine],
  ['explain', async () => (await import('./explain.ts')).explain],
  ['lab', async () => (await import('./lab.ts')).lab],
  ['netns', async () => (await import('./netns.ts')).netns],
  ['packetdrill', async () => (await import('./packetdrill.ts')).packetdrill],
  ['replay', async () => (await import('./replay.ts')).replay],
  ['ss', async () => (await import('./ss.ts')).ss],
  ['completion', async () => (await import('./completion.ts')).completionOf(allCommands)],
  ['man', async () => (await import('./man.ts')).manOf(allCommands)],
])

export const allCommands = (): Promise<Command[]> => Promise.all([...COMMANDS.values()].map(load => load()))
