/** What npm installs. */
import { statSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'

const path = (from: string): string => fileURLToPath(new URL(from, import.meta.url))

const time = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0

/**
 * An entry of the bundle, which starts in half the time of what it is bundled from. The latter where the bundle is none of
 * what was compiled last (`tsc` alone), and where it is told which lines of it run.
 */
const installed = (entry: string, compiled: string): string => {
  const bundled = path(`../../package/${entry}.js`)
  const fresh = time(bundled) >= time(path('../../.tsbuildinfo'))
  return process.env.NODE_V8_COVERAGE === undefined && fresh ? bundled : path(`../../src/${compiled}.js`)
}

/** The program `tuntcp`. */
export const MAIN: string = installed('main', 'cli/main')

/** What `--import tuntcp/register` loads. */
export const REGISTER: string = pathToFileURL(installed('register', 'register/register')).href
