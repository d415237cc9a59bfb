import { createRequire } from 'node:module'
import { ROOT } from '../cli/program.ts'

const load = createRequire(import.meta.url)

/** A module of scripts/bench, which is JavaScript without types: at once, so that test files of it may share a process. */
// biome-ignore lint/suspicious/noExplicitAny: it has none
export const script = (name: string): any => load(`${ROOT}scripts/bench/${name}`)
