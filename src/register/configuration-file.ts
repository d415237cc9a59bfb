import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Configuration, ConfigurationError, checkConfiguration } from './configuration.ts'

/** In the working directory; there must be one of them at most. */
const NAMES = ['tuntcp.config.js', 'tuntcp.config.mjs', 'tuntcp.config.json']

/**
 * The contents of the file, or nothing when there is none.
 * @param named a file that must be there, instead of the usual ones
 * @throws ConfigurationError naming the file
 */
export const fileConfiguration = async (directory: string, named?: string): Promise<Configuration> => {
  const paths =
    named === undefined
      ? NAMES.map(name => resolve(directory, name)).filter(path => existsSync(path))
      : [resolve(directory, named)]
  const [path, other] = paths
  if (path === undefined) return {}
  if (other !== undefined)
    throw new ConfigurationError(`there are two configurations, ${path} and ${other}: remove one`)
  return checkConfiguration(path, await read(path))
}

const read = async (path: string): Promise<unknown> => {
  try {
    if (path.endsWith('.json')) return JSON.parse(readFileSync(path, 'utf8'))
    const module = (await import(pathToFileURL(path).href)) as { default?: unknown }
    return module.default
  } catch (error) {
    throw new ConfigurationError(`${path} cannot be read: ${(error as Error).message}`)
  }
}
