import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const path = (from: string): string => fileURLToPath(new URL(from, import.meta.url))
const BUNDLE = path('../../program/main.js')
const COMPILED = path('../../src/cli/main.js')

const time = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0

/**
 * The program that npm installs, which starts in half the time of the one that it is bundled from. The latter where
 * the bundle is none of what was compiled last (`tsc` alone), and where it is told which lines of it run.
 */
export const MAIN: string =
  process.env.NODE_V8_COVERAGE === undefined && time(BUNDLE) >= time(path('../../.tsbuildinfo'))
    ? BUNDLE
    : COMPILED
